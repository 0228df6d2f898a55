import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, type RunningCli, Sandbox, startCli } from '../support/cli.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { startEmbedded } from '../support/fauxqs.js'
import { parseEvents, parseRefusal, parseSummary } from '../support/reports.js'
import { Oracle, type TestServer, testServers, uniqueBucket } from '../support/servers.js'
import { until } from '../support/until.js'
import { histories, mark, setVersioning, versionedBucket, versionIds } from '../support/version-oracle.js'

/** Histories from each server that keeps versions to each other one, and on one server by itself; the plain SDK tells what arrived. */
const servers = testServers().filter(({ traits }) => !traits.has('no-versions'))
const ways = servers.flatMap((from) => servers.map((to) => ({ from, to })))
const MiB = 2 ** 20

let sandbox: Sandbox
let closing: (() => Promise<void>)[]

beforeEach(async () => {
  sandbox = await Sandbox.make()
  closing = []
})

afterEach(async () => {
  sandbox.remove()
  for (const close of closing) await close()
})

async function opened(server: Pick<TestServer, 'open'>): Promise<Oracle> {
  const running = await server.open()
  closing.push(() => running.stop())
  return new Oracle(running.url)
}

async function both(from: TestServer, to: TestServer): Promise<{ readonly source: Oracle; readonly target: Oracle }> {
  const source = await opened(from)
  return { source, target: from === to ? source : await opened(to) }
}

const env = (source: string, target: string) => ({ S3_SYNC_CONNECTION_A: source, S3_SYNC_CONNECTION_B: target })

async function seedHistories(source: Oracle, bucket: string): Promise<number> {
  const put = (
    key: string,
    Body: string,
    more: { Metadata?: Record<string, string>; Tagging?: string; ContentType?: string } = {},
  ) => source.put(bucket, key, { Body, ContentLength: Buffer.byteLength(Body), ContentType: 'text/plain', ...more })
  await put('doc', 'one', { Metadata: { edition: 'first' }, Tagging: 'stage=draft' })
  await put('doc', 'two', { Metadata: { edition: 'second' }, ContentType: 'text/x-two' })
  await mark(source, bucket, 'doc')
  await put('doc', 'one', { Metadata: { edition: 'third' }, Tagging: 'stage=final&by=me' })
  await put('gone', 'was here')
  await mark(source, bucket, 'gone')
  await put('dir/ü +&<%', 'an odd name')
  await put('dir/ü +&<%', 'an odd name, twice')
  for (let i = 0; i < 4; i++) await put('same', 'again and again', { Metadata: { round: `${i}` } })
  await put('empty', '')
  await put('empty', 'no more')
  return 14
}

for (const { from, to } of ways)
  describe(`${from.name} to ${to.name}`, () => {
    it('each history arrives as it was, and is gone on with', async () => {
      const { source, target } = await both(from, to)
      const bucket = await versionedBucket(source)
      const there = uniqueBucket('copy')
      const count = await seedHistories(source, bucket)
      const run = async (...options: string[]) => {
        const words = [`A:${bucket}`, `B:${there}`, '--versions', '--yes', '--json', ...options]
        const { code, stdout, stderr } = await runCli(sandbox, words, { env: env(source.url, target.url) })
        expect({ code, stderr }).toMatchObject({ code: 0 })
        return parseSummary(stdout)
      }
      const planned = await run('--dry-run')
      expect(planned).toMatchObject({ status: 'dry-run', totals: { listed: count, copied: count } })

      const first = await run()
      expect(first.totals).toMatchObject({ listed: count, copied: count, skipped: 0, failed: 0 })
      expect(first.losses).toBeUndefined()
      expect(first.buckets).toMatchObject([{ created: true }])
      expect(await histories(target, there)).toEqual(await histories(source, bucket))

      const journal = readFileSync(first.journal ?? '', 'utf8')
      const copied = journal.split('\n').filter((line) => line.includes('"version-copied"'))
      const [here, ids] = [await versionIds(source, bucket), await versionIds(target, there)]
      for (const [i, { id }] of here.entries())
        expect(copied.find((line) => line.includes(`"sourceVersion":"${id}"`))).toContain(`"targetVersion":"${ids[i]?.id ?? ''}"`)

      expect((await run()).totals).toMatchObject({ listed: count, copied: 0, skipped: count })
      await source.put(bucket, 'gone', 'here again')
      await mark(source, bucket, 'doc')
      await source.put(bucket, 'fresh', 'new')
      expect((await run()).totals).toMatchObject({ listed: count + 3, copied: 3, skipped: count })
      expect(await histories(target, there)).toEqual(await histories(source, bucket))
    })

    it('a run that is killed in the middle of histories and resumed loses and doubles nothing', async () => {
      const { source, target } = await both(from, to)
      const proxy = await FaultProxy.start(target.url)
      closing.push(() => proxy.stop())
      const slow = ({ operation }: { readonly operation: string }): boolean => ['PutObject', 'DeleteObject'].includes(operation)
      proxy.rules = [{ fault: { kind: 'delay', ms: 30 }, when: slow }]
      const bucket = await versionedBucket(source)
      for (const key of ['a', 'b', 'c'])
        for (let i = 0; i < 25; i++) {
          if (i % 8 === 7) await mark(source, bucket, key)
          else await source.put(bucket, key, `${key} ${i % 5}`)
        }
      const there = uniqueBucket('copy')
      const options = { env: env(source.url, proxy.url) }
      const words = [`A:${bucket}`, `B:${there}`, '--versions', '--yes', '--no-server-side-copy']
      const begin = (): RunningCli => {
        const [run] = kept()
        return startCli(sandbox, run === undefined ? words : ['runs', 'resume', run, '--yes'], options)
      }
      const written = (): number => (proxy.counts.get('PutObject') ?? 0) + (proxy.counts.get('DeleteObject') ?? 0)
      for (const stop of [10, 25, 45]) {
        const running = begin()
        await until(`${stop} writes`, () => written() >= stop)
        running.kill('SIGKILL')
        await running.finished
      }
      proxy.rules = []
      const { code, stdout } = await runCli(sandbox, ['runs', 'resume', kept()[0] ?? '', '--json', '--yes'], options)
      expect(code).toBe(0)
      const { totals } = parseSummary(stdout)
      expect(totals).toMatchObject({ listed: 75, failed: 0 })
      expect(totals.copied + totals.skipped).toBe(75)
      expect(await histories(target, there)).toEqual(await histories(source, bucket))
    })
  })

function kept(): string[] {
  try {
    return readdirSync(join(sandbox.temp, 'runs'))
  } catch {
    return []
  }
}

const [first] = servers
const last = servers.at(-1)
if (first !== undefined && last !== undefined) {
  it(`a large version arrives in parts, in its turn: ${first.name} to ${last.name}`, async () => {
    const { source, target } = await both(first, last)
    const bucket = await versionedBucket(source)
    await source.put(bucket, 'large', 'small at first')
    await source.putInParts(bucket, 'large', Buffer.alloc(66 * MiB, 'large '), 8 * MiB)
    await source.put(bucket, 'large', 'small again')
    const there = await versionedBucket(target)
    const options = { env: env(source.url, target.url), timeoutMs: 110_000 }
    const words = [`A:${bucket}`, `B:${there}`, '--versions', '--yes', '--json']
    const { code, stdout } = await runCli(sandbox, [...words, '--no-server-side-copy'], options)
    expect(code).toBe(0)
    expect(parseSummary(stdout).totals).toMatchObject({ listed: 3, copied: 3 })
    expect(await histories(target, there)).toEqual(await histories(source, bucket))
    expect(parseSummary((await runCli(sandbox, words, options)).stdout).totals).toMatchObject({ copied: 0, skipped: 3 })
  })
}

for (const server of servers)
  describe(`on ${server.name}`, () => {
    it('a source that never kept versions is copied as it is', async () => {
      const source = await opened(server)
      const bucket = await source.bucketWith({ a: 'a', 'b/c': 'c' })
      const there = await versionedBucket(source)
      const words = [`A:${bucket}`, `B:${there}`, '--versions', '--yes', '--json']
      const { code, stdout } = await runCli(sandbox, words, { env: env(source.url, source.url) })
      expect({ code, totals: parseSummary(stdout).totals }).toMatchObject({ code: 0, totals: { listed: 2, copied: 2 } })
      expect(await source.readAll(there)).toEqual({ a: 'a', 'b/c': 'c' })
    })

    it('so is a source that knows no versions at all', async () => {
      const [source, target] = [await opened({ open: startEmbedded }), await opened(server)]
      const bucket = await source.bucketWith({ a: 'a', 'b/c': 'c' })
      const there = await versionedBucket(target)
      const words = [`A:${bucket}`, `B:${there}`, '--versions', '--yes', '--json']
      const { code, stdout } = await runCli(sandbox, words, { env: env(source.url, target.url) })
      expect({ code, totals: parseSummary(stdout).totals }).toMatchObject({ code: 0, totals: { listed: 2, copied: 2 } })
      expect(await target.readAll(there)).toEqual({ a: 'a', 'b/c': 'c' })
    })

    it.each(['Enabled', 'Suspended'] as const)(
      'without --versions, a source that keeps some (%s) is said to lose them',
      async (status) => {
        const source = await opened(server)
        const bucket = await versionedBucket(source)
        await source.put(bucket, 'a', 'one')
        await source.put(bucket, 'a', 'two')
        await setVersioning(source, bucket, status)
        const words = [`A:${bucket}`, `A:${uniqueBucket('copy')}`, '--yes', '--events']
        const { code, stdout } = await runCli(sandbox, words, { env: env(source.url, source.url) })
        expect(code).toBe(0)
        const notices = parseEvents(stdout).filter(({ type }) => type === 'notice-given')
        expect(notices).toMatchObject([{ code: 'HistoryLost', message: expect.stringContaining('--versions') }])
      },
    )
  })

const targets: readonly Pick<TestServer, 'name' | 'open'>[] = [{ name: 'embedded', open: startEmbedded }, ...servers]
it.each(targets.map((server) => [server.name, server] as const))(
  'a target on %s that keeps no versions is refused, and nothing is written',
  async (_name, server) => {
    const oracle = await opened(server)
    const [bucket, there] = [await oracle.bucketWith({ a: 'a' }), await oracle.bucketWith({ b: 'b' })]
    const words = [`A:${bucket}`, `B:${there}`, '--versions', '--yes', '--json']
    const { code, stdout, stderr } = await runCli(sandbox, words, { env: env(oracle.url, oracle.url) })
    expect(code).toBe(3)
    const { error } = parseRefusal(stdout)
    expect(error).toMatchObject({ code: 'NotVersioned', hint: expect.stringContaining('put-bucket-versioning') })
    expect(stderr).toContain('is not versioned')
    expect(await oracle.readAll(there)).toEqual({ b: 'b' })
  },
)
