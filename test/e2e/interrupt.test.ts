import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Sandbox, runCli, startCli, type RunningCli } from '../support/cli.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { startEmbedded } from '../support/fauxqs.js'
import { parseEvents, parseRefusal, parseSummary } from '../support/reports.js'
import { Oracle, uniqueBucket } from '../support/servers.js'
import { until } from '../support/until.js'

/** A source that takes 50 ms to answer each GetObject, so that a run of 400 objects is still going when something happens to it. */
let sandbox: Sandbox
let server: Awaited<ReturnType<typeof startEmbedded>>
let proxy: FaultProxy
let oracle: Oracle
let source: string
let target: string

beforeEach(async () => {
  sandbox = await Sandbox.make()
  server = await startEmbedded()
  proxy = await FaultProxy.start(server.url)
  proxy.rules = [{ fault: { kind: 'delay', ms: 50 }, when: ({ operation }) => operation === 'GetObject' }]
  oracle = new Oracle(server.url)
  source = await oracle.bucketWith(Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`o${i}`, `content ${i}`])))
  target = uniqueBucket('target')
})

afterEach(async () => {
  sandbox.remove()
  await proxy.stop()
  await server.stop()
})

const start = (...args: string[]): RunningCli =>
  startCli(sandbox, [`A:${source}`, `B:${target}`, '--yes', '-w', '2', '--retry-delay', '10ms', ...args], {
    env: { S3_SYNC_CONNECTION_A: proxy.url, S3_SYNC_CONNECTION_B: server.url },
  })

const copying = (): Promise<void> => until('objects are being copied', () => (proxy.counts.get('GetObject') ?? 0) > 10)

describe('given a run that copies', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it at once with %d and a summary that claims no more than was stored', async (signal, code) => {
    const running = start('--json')
    await copying()
    const asked = Date.now()
    running.kill(signal)
    const result = await running.finished
    expect(Date.now() - asked).toBeLessThan(2_000)
    expect(result).toMatchObject({ code, signal: null })
    const { status, totals } = parseSummary(result.stdout)
    expect(status).toBe('interrupted')
    expect(totals.copied).toBeGreaterThan(0)
    expect(totals.copied).toBeLessThan(400)
    const stored = await oracle.keys(target)
    expect(stored.length).toBeGreaterThanOrEqual(totals.copied)
    for (const key of stored) expect((await oracle.get(target, key)).bytes.toString()).toBe(`content ${key.slice(1)}`)
  })

  it('a second run on the same pair is refused with 3 and the id of the first; after the first has ended it may start', async () => {
    const first = start('--events')
    const release = await proxy.hold('GetObject', 10)
    const [started] = parseEvents(first.stdout.slice(0, first.stdout.lastIndexOf('\n')))
    if (started?.type !== 'run-started') throw new Error('the first event is run-started')

    const second = await start('--json').finished
    expect(second.code).toBe(3)
    expect(parseRefusal(second.stdout).error.message).toContain(started.run)

    first.kill('SIGINT')
    release()
    await first.finished
    proxy.rules = []
    const third = await start('--json').finished
    expect(third.code).toBe(0)
    expect(parseSummary(third.stdout).totals).toMatchObject({ listed: 400, failed: 0 })
    expect(await oracle.keys(target)).toHaveLength(400)
  })

  it('a run on another pair of the same connections is not refused', async () => {
    const first = start()
    await copying()
    const other = await oracle.bucketWith({ a: 'a' })
    const env = { S3_SYNC_CONNECTION_A: server.url, S3_SYNC_CONNECTION_B: server.url }
    expect(await runCli(sandbox, [`A:${other}`, `B:${uniqueBucket('t')}`, '--yes'], { env })).toMatchObject({ code: 0 })
    first.kill('SIGINT')
    await first.finished
  })
})

it('given an endpoint that never answers, SIGINT ends the waiting at once with 130', async () => {
  proxy.rules = [{ fault: { kind: 'silence' } }]
  const running = start()
  await until('the first request', () => proxy.counts.size > 0)
  running.kill('SIGINT')
  const asked = Date.now()
  expect(await running.finished).toMatchObject({ code: 130, signal: null })
  expect(Date.now() - asked).toBeLessThan(2_000)
})
