import { expect, it } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { Sandbox, startCli, type RunningCli } from '../support/cli.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { startEmbedded } from '../support/fauxqs.js'
import { parseSummary } from '../support/reports.js'
import { Oracle, uniqueBucket } from '../support/servers.js'
import { until } from '../support/until.js'

/**
 * The rows of test/e2e/fault-table.test.ts that take as long as a person's patience: with the retries and timeouts that everybody has. They
 * wait most of the time, so they do that together.
 */
const OBJECTS = 600

interface World {
  readonly oracle: Oracle
  readonly proxies: { readonly source: FaultProxy; readonly target: FaultProxy }
  readonly from: string
  readonly to: string
  readonly start: () => RunningCli
}

/** Hooks don't know of tests that run together: each makes a world of its own. */
async function inWorld(test: (world: World) => Promise<void>): Promise<void> {
  const sandbox = await Sandbox.make()
  const server = await startEmbedded()
  const proxies = { source: await FaultProxy.start(server.url), target: await FaultProxy.start(server.url) }
  const env = { S3_SYNC_CONNECTION_A: proxies.source.url, S3_SYNC_CONNECTION_B: proxies.target.url }
  try {
    const oracle = new Oracle(server.url)
    const objects = Object.fromEntries(Array.from({ length: OBJECTS }, (_, i) => [`o${i}`, `content ${i}`]))
    const [from, to] = [await oracle.bucketWith(objects), uniqueBucket('target')]
    const words = [`A:${from}`, `B:${to}`, '--yes', '--json', '--verbose']
    await test({ oracle, proxies, from, to, start: () => startCli(sandbox, words, { env, timeoutMs: 150_000 }) })
  } finally {
    sandbox.remove()
    for (const each of [proxies.source, proxies.target, server]) await each.stop()
  }
}

it.concurrent.each(['source', 'target'] as const)(
  'the %s is down for 20 s in the middle, and every object arrives when it is back: exit code 0',
  (side) =>
    inWorld(async ({ oracle, proxies, from, to, start }) => {
      proxies.source.rules = [{ fault: { kind: 'delay', ms: 20 }, when: ({ operation }) => operation === 'GetObject' }]
      const running = start()
      await until('a third is copied', () => (proxies.source.counts.get('GetObject') ?? 0) > OBJECTS / 3)
      await proxies[side].refuse()
      await sleep(20_000)
      await proxies[side].accept()

      const { code, stdout, stderr } = await running.finished
      expect(code).toBe(0)
      const { totals } = parseSummary(stdout)
      expect(totals).toMatchObject({ listed: OBJECTS, copied: OBJECTS, failed: 0 })
      expect(totals.recovered).toBeGreaterThan(0)
      expect(stderr).toMatch(/attempt 1 failed with Connection(Reset|Refused), retrying in \d/)
      expect(stderr).toContain(`${totals.recovered} recovered after retries`)
      expect(stderr).toContain(`Done: ${OBJECTS} objects copied`)
      expect(await oracle.readAll(to)).toEqual(await oracle.readAll(from))
    }),
)

it.concurrent(
  'a body that stalls and an answer that never comes are given up after a minute and asked for again: exit code 0',
  () =>
    inWorld(async ({ oracle, proxies, from, to, start }) => {
      const first = { times: 1 }
      proxies.source.rules = [
        { ...first, fault: { kind: 'stall' }, when: ({ operation, key }) => operation === 'GetObject' && key === 'o1' },
      ]
      proxies.target.rules = [
        { ...first, fault: { kind: 'silence' }, when: ({ operation, key }) => operation === 'PutObject' && key === 'o2' },
      ]

      const { code, stdout, stderr } = await start().finished
      expect(code).toBe(0)
      const { totals, durationMs } = parseSummary(stdout)
      expect(totals).toMatchObject({ listed: OBJECTS, copied: OBJECTS, failed: 0, retries: 2, recovered: 2 })
      expect(durationMs).toBeGreaterThan(60_000)
      expect(stderr).toMatch(/\/o1: attempt 1 failed with Stalled, retrying in \d/)
      expect(stderr).toMatch(/\/o2: attempt 1 failed with FirstByteTimeout, retrying in \d/)
      expect(stderr).toContain('2 recovered after retries')
      expect(await oracle.readAll(to)).toEqual(await oracle.readAll(from))
    }),
)
