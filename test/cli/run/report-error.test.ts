import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { badInput, ErrorAtPlaces, CliError } from '../../../src/cli/run/cli-error.js'
import { reportError, type ErrorReportOptions } from '../../../src/cli/run/report-error.js'
import { ResultNotWritten } from '../../../src/cli/run/result-not-written.js'
import { ConfigurationError } from '../../../src/io/connections/configuration-error.js'
import { type Failure, StoreError } from '../../../src/pipeline/ports/failure.js'
import { Cancelled } from '../../../src/prompts/cancelled.js'
import { OutputError } from '../../../src/reporters/output-error.js'
import { parseRefusal } from '../../support/reports.js'
import { fakeProcess } from '../../support/fake-process.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 's3-sync-report-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const PLACES = { source: 'a:x', target: 'b:y' }

/** What was told, and the exit code. */
async function told(error: unknown, telling: Partial<ErrorReportOptions> = {}, interrupted?: 'SIGINT' | 'SIGTERM') {
  const { proc, stdout, stderr } = fakeProcess({ root, ...(interrupted && { interrupted }) })
  const code = await reportError(error, { json: false, undone: 'copied', verbose: false, places: {}, ...telling }, proc)
  return { code, stdout: stdout.text, stderr: stderr.text }
}

const store = (failure: Partial<Failure>): StoreError =>
  new StoreError({ kind: 'permanent', operation: 'ListBuckets', code: 'AccessDenied', message: 'no', ...failure })

/** What Node throws where the operating system refuses; made here, since in these tests Node's own errors are of another realm. */
const MACHINE = Object.assign(new Error('ENOENT: no such file or directory, open'), {
  ...{ errno: -constants.errno.ENOENT, code: 'ENOENT', syscall: 'open', path: '/gone/file' },
})
const REFUSAL = new CliError(3, 'NoBuckets', 'There is no bucket.', 'Check the login.')
const UNTOLD = new ResultNotWritten(new OutputError('--json-file x', 'ENOSPC'), { run: 'RUN', journal: '/j' })

describe('an error that ends a command', () => {
  it.each<[what: string, error: unknown, code: number, what: RegExp, todo: RegExp]>([
    ['bad input', badInput('That is no option.', 'Leave it out.'), 2, /^✗ That is no option\.$/, /^ {2}Leave it out\.$/],
    ['a refusal', REFUSAL, 3, /^✗ There is no bucket\.$/, /^ {2}Check the login\.$/],
    ['a wrong configuration', new ConfigurationError('It is empty.', 'Fill it.'), 2, /^✗ It is empty\.$/, /^ {2}Fill it\.$/],
    ['a failure of a store', store({}), 3, /^✗ .*(denied|not allow|permission)/i, /^ {2}\S/],
    ['what the machine refuses', MACHINE, 3, /refused access to .*gone\/file: no such file.*\(ENOENT\)/, /permissions/],
    ['a broken invariant', new Error('never'), 3, /^✗ Internal error: never$/, /report it/],
    ['what is no error', 'a word', 3, /^✗ Internal error: a word$/, /report it/],
    ['an output that was lost', new OutputError('Standard output', 'ENOSPC'), 3, /Standard output/, /Free disk space/],
    ['a run whose result was lost', UNTOLD, 3, /The run itself was completed\.$/, /s3-sync runs show RUN$/],
    ['a refusal at known places', new ErrorAtPlaces(REFUSAL, PLACES), 3, /^✗ There is no bucket\.$/, /^ {2}Check the login\.$/],
  ])('given %s, ends with its code, and says what is wrong and what to do', async (_what, error, code, what, todo) => {
    const result = await told(error)
    expect(result).toMatchObject({ code, stdout: '' })
    const lines = result.stderr.split('\n')
    expect(lines[0]).toMatch(what)
    expect(lines[1]).toMatch(todo)
    expect(lines.slice(2)).toEqual([''])
  })

  it('given --verbose, shows where in the tool it came from', async () => {
    expect((await told(new Error('never'), { verbose: true })).stderr).toMatch(/\n\s+at .*report-error/)
  })

  it('given control characters in a name, escapes them', async () => {
    const { stderr } = await told(badInput('There is no \u001b[2Jfile.', 'Name\nanother.'))
    expect(stderr).not.toContain('\u001b')
    expect(stderr.split('\n')).toHaveLength(3)
  })
})

describe('what was cancelled', () => {
  const aborted = store({ code: 'Aborted' })
  it.each<[string, unknown, Partial<ErrorReportOptions>, 'SIGINT' | 'SIGTERM' | undefined, number, string]>([
    ['a question that was declined', new Cancelled(), {}, undefined, 130, '! Cancelled: nothing was copied.\n'],
    [
      'a removal that was declined',
      new Cancelled(),
      { undone: 'changed' },
      undefined,
      130,
      '! Cancelled: nothing was changed.\n',
    ],
    ['Ctrl+C before a run', aborted, {}, 'SIGINT', 130, '! Cancelled: nothing was copied.\n'],
    ['SIGTERM before a run', aborted, {}, 'SIGTERM', 143, '! Cancelled: nothing was copied.\n'],
    [
      'SIGTERM at a question of a resume',
      new ErrorAtPlaces(new Cancelled(), PLACES),
      {},
      'SIGTERM',
      143,
      '! Cancelled: nothing was copied.\n',
    ],
    ['Ctrl+C in a run, which reports itself', new Error('late'), {}, 'SIGINT', 130, ''],
  ])('given %s, then no error is told', async (_what, error, telling, signal, code, stderr) => {
    expect(await told(error, { json: true, ...telling }, signal)).toEqual({ code, stdout: '', stderr })
  })
})

describe('for programs', () => {
  it.each<[string, unknown, ErrorReportOptions['places'], { source: string | null; target: string | null }]>([
    ['both places', REFUSAL, PLACES, PLACES],
    ['the source alone', REFUSAL, { source: 'a:x' }, { source: 'a:x', target: null }],
    ['no place', REFUSAL, {}, { source: null, target: null }],
    ['the places of a resumed run', new ErrorAtPlaces(REFUSAL, PLACES), {}, PLACES],
  ])('given --json and %s, stdout is one object that names them', async (_what, error, places, expected) => {
    const { stdout } = await told(error, { json: true, places })
    expect(parseRefusal(stdout)).toMatchObject({
      ...expected,
      run: null,
      status: 'failed',
      error: { code: 'NoBuckets', message: 'There is no bucket.', hint: 'Check the login.' },
    })
  })

  it('given --json-file, the same is in the file, by the name that counts from where the person stood', async () => {
    const { stdout } = await told(REFUSAL, { jsonFile: 'why.json', places: PLACES })
    expect(stdout).toBe('')
    expect(parseRefusal(readFileSync(join(root, 'why.json'), 'utf8'))).toMatchObject(PLACES)
  })

  it('given a --json-file that cannot be written, the error is still told', async () => {
    mkdirSync(join(root, 'why.json'))
    expect(await told(REFUSAL, { json: true, jsonFile: 'why.json' })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('✗'),
    })
  })

  it.each([
    ['an output that was lost', new OutputError('Standard output', 'ENOSPC')],
    ['a run whose result was lost', UNTOLD],
  ])('given %s, nothing more is written: they have had it as far as possible', async (_what, error) => {
    expect(await told(error, { json: true, jsonFile: 'why.json' })).toMatchObject({ code: 3, stdout: '' })
    expect(existsSync(join(root, 'why.json'))).toBe(false)
  })
})
