import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { Sandbox, startCli, type RunningCli } from '../support/cli.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { startEmbedded } from '../support/fauxqs.js'
import { seededBytes, seededRandom } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import { Oracle, uniqueBucket } from '../support/servers.js'
import { until } from '../support/until.js'

let sandbox: Sandbox
let server: Awaited<ReturnType<typeof startEmbedded>>
let proxy: FaultProxy
let oracle: Oracle
let source: string
let target: string

beforeEach(async () => {
  sandbox = await Sandbox.make()
  server = await startEmbedded()
  oracle = new Oracle(server.url)
  proxy = await FaultProxy.start(server.url)
  source = await oracle.bucketWith(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`o${i}`, seededBytes(i, 3_000)])))
  target = uniqueBucket('target')
  proxy.rules = [{ fault: { kind: 'delay', ms: 30 }, when: ({ operation }) => operation === 'GetObject' }]
})

afterEach(async () => {
  sandbox.remove()
  await proxy.stop()
  await server.stop()
})

const start = (): RunningCli =>
  startCli(sandbox, [`A:${source}`, `B:${target}`, '--yes', '--json', '-w', '8'], {
    env: { S3_SYNC_CONNECTION_A: proxy.url, S3_SYNC_CONNECTION_B: server.url },
  })

/** The next run starts (no lock is in its way), copies only what is missing, and everything is there. */
async function theNextRunFinishesTheWork(): Promise<void> {
  const before = (await oracle.keys(target)).length
  const { code, stdout } = await start().finished
  expect(code).toBe(0)
  expect(parseSummary(stdout).totals).toMatchObject({ listed: 300, copied: 300 - before, skipped: before, failed: 0 })
  expect(await oracle.readAll(target)).toEqual(await oracle.readAll(source))
}

describe('given a run that is killed', () => {
  const random = seededRandom(3)
  const moments = Array.from({ length: 8 }, () => ({ after: 1 + Math.floor(random() * 250) }))

  it.each(moments)(
    'SIGKILL after $after reads: the next run finishes the work',
    async ({ after }) => {
      const running = start()
      await until(`${after} reads`, () => (proxy.counts.get('GetObject') ?? 0) >= after)
      running.kill('SIGKILL')
      expect(await running.finished).toMatchObject({ signal: 'SIGKILL' })
      await theNextRunFinishesTheWork()
    },
    60_000,
  )

  it.each(moments.slice(0, 3))(
    'Ctrl+C after $after reads, SIGKILL 0.25 s later: the next run finishes the work',
    async ({ after }) => {
      const running = start()
      await until(`${after} reads`, () => (proxy.counts.get('GetObject') ?? 0) >= after)
      running.kill('SIGINT')
      await sleep(250)
      running.kill('SIGKILL')
      await running.finished
      await theNextRunFinishesTheWork()
    },
    60_000,
  )
})
