import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { runCli, Sandbox, startCli, type RunningCli } from '../support/cli.js'
import { DENIED, FaultProxy } from '../support/fault-proxy.js'
import { startEmbedded } from '../support/fauxqs.js'
import { parseRefusal, parseSummary } from '../support/reports.js'
import { Oracle, uniqueBucket } from '../support/servers.js'

let sandbox: Sandbox
let server: Awaited<ReturnType<typeof startEmbedded>>
let proxy: FaultProxy
let oracle: Oracle
let source: string
let target: string

const OBJECTS = 200

beforeEach(async () => {
  sandbox = await Sandbox.make()
  server = await startEmbedded()
  proxy = await FaultProxy.start(server.url)
  proxy.rules = [{ fault: { kind: 'delay', ms: 20 }, when: ({ operation }) => operation === 'GetObject' }]
  oracle = new Oracle(server.url)
  source = await oracle.bucketWith(Object.fromEntries(Array.from({ length: OBJECTS }, (_, i) => [`o${i}`, `content ${i}`])))
  target = uniqueBucket('target')
})

afterEach(async () => {
  sandbox.remove()
  await proxy.stop()
  await server.stop()
})

const env = (): Record<string, string> => ({ S3_SYNC_CONNECTION_A: proxy.url, S3_SYNC_CONNECTION_B: server.url })
const start = (...args: string[]): RunningCli =>
  startCli(sandbox, [`A:${source}`, `B:${target}`, '--yes', '-w', '4', '--retry-delay', '10ms', ...args], { env: env() })
const cli = (...args: string[]) => runCli(sandbox, args, { env: env() })

const Runs = v.object({
  schema: v.literal(1),
  runs: v.array(
    v.strictObject({
      ...{ run: v.string(), status: v.string(), source: v.string(), target: v.string() },
      ...{ startedAt: v.string(), finishedAt: v.nullable(v.string()), totals: v.looseObject({ copied: v.number() }) },
      ...{ resumable: v.boolean(), journal: v.string() },
      left: v.strictObject({ failed: v.number(), unsettled: v.number(), unlisted: v.number(), uploads: v.number() }),
    }),
  ),
})

async function runs() {
  const { code, stdout } = await cli('runs', '--json')
  expect(code).toBe(0)
  return v.parse(v.pipe(v.string(), v.parseJson(), Runs), stdout).runs
}

async function onlyRun() {
  const [run, ...others] = await runs()
  if (run === undefined || others.length > 0) throw new Error('there is one run')
  return run
}

async function killed(running: RunningCli, reads: number): Promise<void> {
  const release = await proxy.hold('GetObject', reads)
  running.kill('SIGKILL')
  await running.finished
  release()
  proxy.rules = []
}

const killedAfter = (reads: number): Promise<void> => killed(start(), reads)

describe('a run that was killed', () => {
  it('is listed as such, and a resume copies what is missing and nothing else', async () => {
    await killedAfter(60)
    const before = await onlyRun()
    expect(before).toMatchObject({ status: 'killed', resumable: true, finishedAt: null })
    const shown = await cli('runs', 'show', before.run)
    expect(shown.stdout).toMatch(/killed.*\n.*copied.*remaining: \d+ listed objects/)
    expect(shown.stdout).toContain(`s3-sync runs resume ${before.run}`)

    const stored = await oracle.keys(target)
    const { code, stdout } = await cli('runs', 'resume', before.run, '--json')
    expect(code).toBe(0)
    const summary = parseSummary(stdout)
    expect(summary).toMatchObject({ run: before.run, status: 'completed', source: `A:${source}`, journal: before.journal })
    expect(summary.totals).toMatchObject({ listed: OBJECTS, failed: 0 })
    expect(summary.totals.copied + summary.totals.skipped).toBe(OBJECTS)
    expect(summary.totals.copied).toBeGreaterThanOrEqual(OBJECTS - stored.length)
    expect(await oracle.readAll(target)).toEqual(await oracle.readAll(source))
    expect(await onlyRun()).toMatchObject({ status: 'completed', resumable: false })

    const again = await cli('runs', 'resume', before.run, '--json')
    expect(again.code).toBe(2)
    expect(parseRefusal(again.stdout).error.message).toContain('has nothing left to do')
  })

  it('can be resumed by the beginning of its id, with other workers, from another directory', async () => {
    await killedAfter(20)
    const { run } = await onlyRun()
    const resumed = await runCli(sandbox, ['runs', 'resume', run.slice(0, 13), '--workers', '32', '--json'], {
      env: env(),
      cwd: sandbox.home,
    })
    expect(resumed.code).toBe(0)
    expect(await oracle.keys(target)).toHaveLength(OBJECTS)
  })

  it.each([
    [['--compare', 'size'], /--compare=size cannot be added to a resumed run/],
    [['--delete'], /--delete cannot be added to a resumed run/],
  ])('is not resumed as another: %j', async (options, says) => {
    await killedAfter(20)
    const before = await oracle.keys(target)
    const { code, stderr } = await cli('runs', 'resume', (await onlyRun()).run, ...options)
    expect(code).toBe(2)
    expect(stderr).toMatch(says)
    expect(await oracle.keys(target)).toEqual(before)
  })

  it('is not resumed over a connection that leads elsewhere by now', async () => {
    await killedAfter(20)
    const { run } = await onlyRun()
    const moved = await runCli(sandbox, ['runs', 'resume', run], { env: { ...env(), S3_SYNC_CONNECTION_B: proxy.url } })
    expect(moved.code).toBe(2)
    expect(moved.stderr).toContain(new URL(server.url).origin)
    expect(moved.stderr).toContain(new URL(proxy.url).origin)
  })

  it('keeps what it keeps from others', async () => {
    await killedAfter(20)
    const { journal } = await onlyRun()
    const directory = join(journal, '..')
    expect([statSync(directory).mode & 0o777, statSync(journal).mode & 0o777]).toEqual([0o700, 0o600])
    expect(readdirSync(directory).map((name) => statSync(join(directory, name)).mode & 0o077)).not.toContain(0o044)
  })
})

it('two processes on one run exclude each other', async () => {
  const running = start()
  const release = await proxy.hold('GetObject', 20)
  const { run, status } = await onlyRun()
  expect(status).toBe('running')
  const second = await cli('runs', 'resume', run, '--json')
  expect(second.code).toBe(3)
  expect(parseRefusal(second.stdout).error).toMatchObject({ code: 'RunInProgress' })
  const pruned = await cli('runs', 'prune', '--older-than', '1ms', '--yes')
  expect(pruned.code).toBe(0)
  expect(pruned.stdout).toContain('Removed 0 runs')
  running.kill('SIGINT')
  release()
  expect((await running.finished).stderr).toContain(`s3-sync runs resume ${run}`)
})

it('objects that failed: told by name, taken by --files-from, and first when the run is resumed', async () => {
  const denied = (key: string): boolean => /^o1.$/.test(key)
  proxy.rules = [{ fault: DENIED, when: ({ operation, key }) => operation === 'GetObject' && denied(key) }]
  expect((await start('--json').finished).code).toBe(1)
  const { run, left, status } = await onlyRun()
  expect({ status, failed: left.failed }).toEqual({ status: 'partial', failed: 10 })
  const failed = await cli('runs', 'show', run, '--failed')
  expect(failed.stdout.split('\n').sort()).toEqual(['', ...Array.from({ length: 10 }, (_, i) => `o1${i}`)])

  proxy.rules = []
  const elsewhere = uniqueBucket('named')
  const named = await runCli(sandbox, [`A:${source}`, `B:${elsewhere}`, '--yes', '--files-from', '-'], {
    env: env(),
    input: failed.stdout,
  })
  expect(named.code).toBe(0)
  expect(await oracle.keys(elsewhere)).toHaveLength(10)

  proxy.counts.clear()
  const resumed = await cli('runs', 'resume', run, '--json')
  expect(resumed.code).toBe(0)
  expect(parseSummary(resumed.stdout).totals).toMatchObject({ listed: OBJECTS, copied: OBJECTS, failed: 0 })
  expect(proxy.counts.get('GetObject')).toBe(10)
  expect(proxy.counts.get('ListObjectsV2') ?? 0).toBe(0)
})

it('deletes of a run that was killed are checked anew', async () => {
  const old = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`old${i}`, 'old']))
  await oracle.createBucket(target)
  await oracle.seed(target, old)
  await killed(start('--delete', '--max-delete', '100%'), 30)
  await oracle.put(source, 'old7', 'back again')
  const { run } = await onlyRun()
  const { code } = await cli('runs', 'resume', run, '--json')
  expect(code).toBe(0)
  const kept = (await oracle.keys(target)).filter((key) => key.startsWith('old'))
  expect(kept).toEqual(['old7'])
})

it('--files-from: a resume goes on behind the keys that were taken in hand, and refuses another list', async () => {
  const keys = Array.from({ length: OBJECTS }, (_, i) => `o${i}`)
  const list = keys.map((key) => `${key}\n`).join('')
  const running = startCli(sandbox, [`A:${source}`, `B:${target}`, '--yes', '-w', '4', '--files-from', '-'], {
    env: env(),
    input: list,
  })
  await killed(running, 30)
  const { run } = await onlyRun()
  const { code, stdout } = await runCli(sandbox, ['runs', 'resume', run, '--json'], { env: env(), input: list })
  expect(code).toBe(0)
  expect(parseSummary(stdout).totals).toMatchObject({ listed: OBJECTS, failed: 0 })
  expect(await oracle.keys(target)).toHaveLength(OBJECTS)
})

/** As a terminal would obey them. */
const BELL = String.fromCharCode(7)
const ESCAPE = String.fromCharCode(27)

it('names with control characters are shown escaped, and kept exactly', async () => {
  const odd = `bell${BELL}${ESCAPE}[31m`
  await oracle.put(source, odd, 'x')
  proxy.rules = [{ fault: DENIED, when: ({ operation, key }) => operation === 'GetObject' && key === odd }]
  const { stdout, stderr } = await start().finished
  const mayNotTell = (text: string) => expect([BELL, ESCAPE].filter((one) => text.includes(one))).toEqual([])
  mayNotTell(stdout + stderr)
  const { run, journal } = await onlyRun()
  mayNotTell((await cli('runs', 'show', run)).stdout)
  mayNotTell(readFileSync(journal, 'utf8'))
  expect((await cli('runs', 'show', run, '--failed')).stdout).toBe(`${odd}\n`)
})
