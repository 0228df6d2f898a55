import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NEVER } from 'rxjs'
import type { Confirmation } from '../../../src/cli/commands/confirm-run.js'
import { parseArguments } from '../../../src/cli/args/parse.js'
import type { OpenSide } from '../../../src/cli/run/open-endpoints.js'
import { wholeBucket } from '../../../src/cli/run/resolve-pairs.js'
import { statePaths } from '../../../src/io/files/paths.js'
import { Cancelled } from '../../../src/prompts/cancelled.js'
import type { Questions } from '../../../src/prompts/questions.js'
import { LEAVE, type Line, ScriptedQuestions } from '../../prompts/wizard/scripted-questions.js'
import { fakeScreen } from '../../reporters/run.js'
import { MemoryStore } from '../../support/memory-store.js'
import { fakeProcess } from '../../support/fake-process.js'

let questions: Questions
jest.unstable_mockModule('../../../src/prompts/questions.js', () => ({ openQuestions: () => questions }))
const { confirmRun } = await import('../../../src/cli/commands/confirm-run.js')

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 's3-sync-confirm-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function side(keys: readonly string[]): OpenSide {
  const store = new MemoryStore().seed('media', 'same', '')
  for (const key of keys) store.seed('media', key, key)
  const rest = { endpoint: 'http://a', listBuckets: () => Promise.resolve([]), close: () => undefined }
  return { store: Object.assign(store, rest), context: {} }
}

interface Given {
  /** Keys that only the source has. */
  readonly fresh?: readonly string[]
  /** Keys that only the target has. */
  readonly extra?: readonly string[]
  readonly pairs?: number
  readonly missing?: readonly string[]
  readonly options?: readonly string[]
  readonly showsEach?: boolean
  /** Without a look ahead, as with --files-from. */
  readonly unseen?: true
  readonly answer?: Line[1]
}

/** What was shown and asked, and what came of it. */
async function confirming({ fresh = [], extra = [], pairs: many = 1, missing = [], options: words = [], ...given }: Given) {
  const parsed = parseArguments(['a:media', 'b:media', ...words], { isTerminal: true, globFiles: () => undefined })
  if (parsed.kind !== 'sync') throw new Error('no run')
  const { request: options } = parsed
  const pairs = Array.from({ length: many }, (_, index) => {
    const name = index === 0 ? 'media' : `media-${index}`
    return { source: wholeBucket(name), target: wholeBucket(name) }
  })
  const { proc } = fakeProcess({ root })
  const sides = { source: side(fresh), target: side(extra) }
  const input = { source: 'a:media', target: 'b:media', sides, pairs, options, tellSkips: false }
  const dryRun = { input, rate: undefined, paths: statePaths(proc.env, proc.home), notices: NEVER }
  const asking = new ScriptedQuestions(given.answer === undefined ? [] : [['Type YES', given.answer]])
  questions = asking
  const screen = fakeScreen()
  const preview: Confirmation = {
    ...{ source: 'a:media', target: 'b:media', pairs, missing: new Set(missing), unfinished: undefined },
    dryRun: given.unseen ? undefined : dryRun,
  }
  const showing = { color: false, showsEach: given.showsEach ?? false }
  const ended = await confirmRun(preview, options, screen, showing, proc).catch((error: unknown) => error)
  return { ended, asked: asking.asked, shown: screen.outLines }
}

const ASKED = ['Type YES to start']

describe('a one-shot run on a terminal', () => {
  it.each<[what: string, asks: boolean, given: Given]>([
    ['nothing to do', false, {}],
    ['nothing to do with --delete', false, { options: ['--delete'] }],
    ['an object to copy', true, { fresh: ['new'] }],
    ['a bucket to create', true, { missing: ['media'] }],
    ['nothing to do, and each object to be shown', true, { showsEach: true }],
    ['no preview', true, { unseen: true }],
  ])('given %s, it asks: %s', async (_what, asks, given) => {
    const { asked, ended } = await confirming({ ...given, ...(asks && { answer: 'YES' }) })
    expect(asked).toEqual(asks ? ASKED : [])
    if (asks) expect(ended).toBeUndefined()
    else expect(ended).toMatchObject({ state: { pairs: [{ status: 'completed', totals: { listed: 1, skipped: 1 } }] } })
  })

  it.each<[string, Line[1]]>([
    ['no', 'no'],
    ['nothing', ''],
    ['Ctrl+C', LEAVE],
  ])('given %s instead of YES, it is cancelled', async (_what, answer) => {
    expect((await confirming({ fresh: ['new'], answer })).ended).toBeInstanceOf(Cancelled)
  })

  it('shows where it copies to, what it creates, how it compares, and what it will do', async () => {
    const { shown } = await confirming({ fresh: ['new'], missing: ['media'], options: ['--workers', '7'], answer: 'YES' })
    expect(shown.slice(0, 4)).toEqual([
      'a:media → b:media',
      '  media → media (the bucket will be created)',
      '  7 workers; unchanged objects are skipped (--compare auto)',
      '  1 object to copy (3 B)',
    ])
  })

  it.each([
    [20, []],
    [23, ['  and 3 more']],
  ])('given %i pairs, it names twenty', async (pairs, more) => {
    const { shown } = await confirming({ pairs, unseen: true, answer: 'YES' })
    expect(shown.filter((line) => line.startsWith('  media'))).toHaveLength(20)
    expect(shown.filter((line) => line.startsWith('  and'))).toEqual(more)
  })

  it('leaves no file of its preview behind', async () => {
    await confirming({ extra: ['old'], options: ['--delete', '--max-delete', '100%'], answer: 'YES' })
    expect(filesBelow(join(root, 'state'))).toEqual([])
  })
})

function filesBelow(directory: string): readonly string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []))
}
