import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { Sandbox, startCli } from '../support/cli.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { startEmbedded } from '../support/fauxqs.js'
import { parseSummary } from '../support/reports.js'
import { Oracle, uniqueBucket } from '../support/servers.js'
import { until } from '../support/until.js'

let sandbox: Sandbox
let server: Awaited<ReturnType<typeof startEmbedded>>
let proxies: { source: FaultProxy; target: FaultProxy }
let oracle: Oracle

beforeEach(async () => {
  sandbox = await Sandbox.make()
  server = await startEmbedded()
  oracle = new Oracle(server.url)
  proxies = { source: await FaultProxy.start(server.url), target: await FaultProxy.start(server.url) }
})

afterEach(async () => {
  sandbox.remove()
  await proxies.source.stop()
  await proxies.target.stop()
  await server.stop()
})

describe('given an endpoint that is down for five seconds in the middle of a run', () => {
  it.each(['source', 'target'] as const)(
    'the %s: every object arrives when it is back',
    async (side) => {
      const objects = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`o${i}`, `content ${i}`]))
      const from = await oracle.bucketWith(objects)
      const to = uniqueBucket('target')
      proxies.source.rules = [{ fault: { kind: 'delay', ms: 20 }, when: ({ operation }) => operation === 'GetObject' }]
      const running = startCli(sandbox, [`A:${from}`, `B:${to}`, '--yes', '--json', '--retry-delay', '500ms'], {
        env: { S3_SYNC_CONNECTION_A: proxies.source.url, S3_SYNC_CONNECTION_B: proxies.target.url },
      })
      await until('a third is copied', () => (proxies.source.counts.get('GetObject') ?? 0) > 200)
      await proxies[side].refuse()
      await sleep(5_000)
      await proxies[side].accept()
      const { code, stdout } = await running.finished
      expect(code).toBe(0)
      const { totals } = parseSummary(stdout)
      expect(totals).toMatchObject({ listed: 600, copied: 600, failed: 0 })
      expect(totals.recovered).toBeGreaterThan(0)
      expect(await oracle.readAll(to)).toEqual(objects)
    },
    90_000,
  )
})
