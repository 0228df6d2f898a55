import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { overall } from '../../src/pipeline/state/run-state.js'
import { runCli, Sandbox, startCli, type CliOptions, type CliResult } from '../support/cli.js'
import { startEmbedded } from '../support/fauxqs.js'
import { fold, parseEvents, parseRefusal, parseSummary } from '../support/reports.js'
import { Oracle, uniqueBucket } from '../support/servers.js'

/** What scripts read: stdout, files, exit codes. */
let sandbox: Sandbox
let server: Awaited<ReturnType<typeof startEmbedded>>
let oracle: Oracle
let source: string

beforeAll(async () => {
  sandbox = await Sandbox.make()
  server = await startEmbedded()
  oracle = new Oracle(server.url)
  source = await oracle.bucketWith(Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`key ${i}`, `content ${i}`])))
})

afterAll(async () => {
  sandbox.remove()
  await server.stop()
})

const env = (): Record<string, string> => ({ S3_SYNC_CONNECTION_A: server.url, S3_SYNC_CONNECTION_B: server.url })

const run = (args: readonly string[], options: CliOptions = {}): Promise<CliResult> =>
  runCli(sandbox, args, { ...options, env: { ...env(), ...options.env } })

const locations = (): [string, string] => [`A:${source}`, `B:${uniqueBucket('target')}`]

describe('--json', () => {
  it('leaves stdout to one JSON object; what people read goes to stderr', async () => {
    const { code, stdout, stderr } = await run([...locations(), '--yes', '--json'])
    expect(code).toBe(0)
    expect(parseSummary(stdout).totals.copied).toBe(250)
    expect(stderr).toContain('250')
  })

  it('without it stdout says in words how it ended, in the last line', async () => {
    const { code, stdout } = await run([...locations(), '--yes'])
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/250/)
  })

  it('--quiet says nothing when nothing is wrong', async () => {
    expect(await run([...locations(), '--yes', '--quiet'])).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })
})

describe('--events', () => {
  it('prints every event as one JSON object a line, and their fold is the summary', async () => {
    const file = join(sandbox.cwd, 'fold.json')
    const { code, stdout } = await run([...locations(), '--yes', '--events', '--json-file', file])
    expect(code).toBe(0)
    const events = parseEvents(stdout)
    expect(events[0]).toMatchObject({ type: 'run-started', schema: 3 })
    expect(events.at(-1)).toMatchObject({ type: 'run-finished' })
    const summary = parseSummary(readFileSync(file, 'utf8'))
    expect(overall(fold(events))).toEqual(summary.totals)
  })

  it('does not go together with --json', async () => {
    expect(await run([...locations(), '--yes', '--events', '--json'])).toMatchObject({ code: 2 })
  })
})

describe('--json-file and --log-file', () => {
  it('relative paths count from OPSKIT_WORKING_DIR, and nothing but the file is left there', async () => {
    const stood = join(sandbox.root, 'where the user stood')
    mkdirSync(stood)
    const args = [...locations(), '--yes', '--json-file', 'summary.json', '--log-file', 'sync.log']
    const { code } = await run(args, { env: { OPSKIT_WORKING_DIR: stood } })
    expect(code).toBe(0)
    expect(readdirSync(stood).sort()).toEqual(['summary.json', 'sync.log'])
    expect(parseSummary(readFileSync(join(stood, 'summary.json'), 'utf8'))).toMatchObject({ status: 'completed' })
    expect(readFileSync(join(stood, 'sync.log'), 'utf8')).toContain('250')
  })

  it('without it they count from the working directory', async () => {
    expect(await run([...locations(), '--yes', '--json-file', 'here.json'])).toMatchObject({ code: 0 })
    expect(existsSync(join(sandbox.cwd, 'here.json'))).toBe(true)
  })
})

describe('a run that cannot start', () => {
  const secret = 's3cr3t'
  const reaching = (host: string) => (): Record<string, string> => ({ S3_SYNC_CONNECTION_A: `http://k:${secret}@${host}` })
  const overTls = (): Record<string, string> => ({ S3_SYNC_CONNECTION_A: server.url.replace('http:', 'https:') })
  const table: [string, () => string[], () => Record<string, string>, number, string][] = [
    ['without a terminal and without --yes', locations, env, 2, '--yes'],
    ['an unknown connection', () => [`Z:${source}`, 'B:x', '--yes'], env, 2, 'Z'],
    ['an unknown option', () => [...locations(), '--yes', '--worker', '3'], env, 2, '--workers'],
    ['a connection that is refused', () => [...locations(), '--yes'], reaching('127.0.0.1:9'), 3, '127.0.0.1:9'],
    ['an unknown host', () => [...locations(), '--yes'], reaching('no-such-host.invalid'), 3, 'no-such-host.invalid'],
    ['https where http is spoken', () => [...locations(), '--yes'], overTls, 3, 'http'],
  ]
  it.each(table)('%s', async (_what, args, connections, code, word) => {
    const words = args()
    const result = await run([...words, '--retry-delay', '10ms', '--json'], { env: connections() })
    expect(result).toMatchObject({ code })
    const { error, source: from, target: to } = parseRefusal(result.stdout)
    // With an unknown option it is unknown which words are its value.
    expect([from, to]).toEqual(words.includes('--worker') ? [null, null] : words.slice(0, 2))
    expect(`${error.message} ${error.hint}`).toContain(word)
    expect(result.stdout + result.stderr).not.toMatch(/s3cr3t|\n\s+at /)
  })

  it('is written to --json-file as well', async () => {
    const args = ['Z:source', 'B:x', '--yes', '--json-file', 'refused.json']
    expect(await run(args)).toMatchObject({ code: 2, stdout: '' })
    expect(parseRefusal(readFileSync(join(sandbox.cwd, 'refused.json'), 'utf8')).error.message).toContain('Z')
  })

  it('without a terminal, SOURCE and TARGET: the usage, and 2', async () => {
    const result = await run([])
    expect(result.code).toBe(2)
    expect(result.stderr + result.stdout).toContain('SOURCE')
  })
})

it('a closed stdout (`| head -1`) ends it quietly', async () => {
  const running = startCli(sandbox, [...locations(), '--yes', '--events'], { env: env() })
  running.closeStdout()
  const { stderr } = await running.finished
  expect(stderr).not.toMatch(/EPIPE|\n\s+at /)
})

it.each(['--version', '--help', 'sync --help'])('%s answers without touching the disk or the network', async (args) => {
  const result = await run(args.split(' '))
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect(result.stdout).not.toBe('')
})
