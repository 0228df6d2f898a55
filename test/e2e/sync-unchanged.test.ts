import { CopyObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, type Sandbox } from '../support/cli.js'
import type { FaultProxy } from '../support/fault-proxy.js'
import { givenProxiesTo } from '../support/given.js'
import { seededBytes } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import { type Oracle, rowsOn, testServers, uniqueBucket } from '../support/servers.js'

const MiB = 2 ** 20
const HOUR = 3_600_000

/** Two contents that only their bytes tell apart. */
const [ONE, OTHER] = [seededBytes(1, 6 * MiB), seededBytes(2, 6 * MiB)]

/** What the built tool takes for unchanged, with the clocks, times and ETags of each server. */
describe.each(testServers().map((server) => ({ name: server.name, server })))('given objects at $name', ({ server }) => {
  let sandbox: Sandbox
  let oracle: Oracle
  let proxies: { source: FaultProxy; target: FaultProxy }
  let stop: () => Promise<void>

  beforeAll(async () => {
    ;({ sandbox, oracle, proxies, stop } = await givenProxiesTo(server))
  })

  afterAll(() => stop())

  let made = 0
  const directory = (): string => {
    const name = `./d-${++made}`
    mkdirSync(at(name))
    return name
  }
  const at = (...names: string[]): string => join(sandbox.cwd, ...names)

  /** A run: what it came to, and what it asked the servers for. */
  async function run(...args: string[]) {
    const counts = [proxies.source.counts, proxies.target.counts]
    for (const each of counts) each.clear()
    const env = { S3_SYNC_CONNECTION_A: proxies.source.url, S3_SYNC_CONNECTION_B: proxies.target.url }
    const result = await runCli(sandbox, [...args, '--json', '--retry-delay', '10ms'], { env })
    const asked = (operation: string): number => counts.reduce((sum, each) => sum + (each.get(operation) ?? 0), 0)
    const { totals } = parseSummary(result.stdout)
    return { code: result.code, totals, heads: asked('HeadObject'), gets: asked('GetObject'), puts: asked('PutObject') }
  }
  const sync = (from: string, to: string, ...more: string[]) => run(from, to, '--yes', ...more)
  /** More than the servers' dates and times leave open. */
  const aWhile = () => new Promise((resolve) => setTimeout(resolve, 5_000))
  const nothing = { code: 0, totals: { copied: 0 }, puts: 0 }
  /** The HEADs that an ETag needs which is not listed. */
  const unlisted = server.traits.has('no-listed-etags') ? 1 : 0

  it('a file that is edited within the second of its upload, by as many bytes, is uploaded again', async () => {
    const [from, bucket] = [directory(), uniqueBucket('same-second')]
    writeFileSync(at(from, 'a'), 'one')
    expect(await sync(from, `B:${bucket}`)).toMatchObject({ code: 0, totals: { copied: 1 } })
    writeFileSync(at(from, 'a'), 'two')
    expect(await sync(from, `B:${bucket}`)).toMatchObject({ totals: { copied: 1, reasons: { checksum: 1 } } })
    expect(await oracle.readAll(bucket)).toEqual({ a: 'two' })
    expect(await sync(from, `B:${bucket}`)).toMatchObject({ ...nothing, heads: unlisted, gets: 0 })
  })

  it('a file that is replaced by an older one of the same size is uploaded again', async () => {
    const [from, bucket] = [directory(), uniqueBucket('older')]
    writeFileSync(at(from, 'a'), 'one')
    expect(await sync(from, `B:${bucket}`)).toMatchObject({ code: 0, totals: { copied: 1 } })
    writeFileSync(at('older'), 'two')
    utimesSync(at('older'), 1_000_000, 1_000_000)
    renameSync(at('older'), at(from, 'a'))
    expect(await sync(from, `B:${bucket}`)).toMatchObject({ totals: { copied: 1, reasons: { checksum: 1 } } })
    expect(await oracle.readAll(bucket)).toEqual({ a: 'two' })
  })

  it('a downloaded file has the time of its object; chmod does not hide that the object changed', async () => {
    const [to, bucket] = [directory(), await oracle.bucketWith({ a: 'one' })]
    expect(await sync(`A:${bucket}`, to)).toMatchObject({ code: 0, totals: { copied: 1 } })
    await oracle.put(bucket, 'a', 'two')
    chmodSync(at(to, 'a'), 0o640)
    expect(await sync(`A:${bucket}`, to)).toMatchObject({ code: 0, totals: { copied: 1 } })
    expect(readFileSync(at(to, 'a'), 'utf8')).toBe('two')
    expect(await sync(`A:${bucket}`, to)).toMatchObject({ ...nothing, heads: unlisted, gets: 0 })
  })

  it('down, and up again: nothing is uploaded, nothing is asked for', async () => {
    const [to, bucket] = [directory(), await oracle.bucketWith({ 'd/a': 'one', b: 'two' })]
    await oracle.putInParts(bucket, 'parts', ONE, 5 * MiB)
    expect(await sync(`A:${bucket}`, to)).toMatchObject({ code: 0, totals: { copied: 3 } })
    expect(await sync(to, `A:${bucket}`)).toMatchObject({ ...nothing, gets: 0 })
    // A time of whole seconds is given to a file when no other version can have it any more; then the listing tells.
    await aWhile()
    expect(await sync(`A:${bucket}`, to)).toMatchObject({ ...nothing, gets: 0 })
    expect(await sync(`A:${bucket}`, to)).toMatchObject({ ...nothing, heads: 0, gets: 0 })
  })

  it('--compare checksum hashes files, also against the ETag of an object in parts', async () => {
    const [from, bucket] = [directory(), await oracle.createBucket(uniqueBucket('checksum'))]
    writeFileSync(at(from, 'parts'), ONE)
    writeFileSync(at(from, 'plain'), 'one')
    await oracle.putInParts(bucket, 'parts', ONE, 5 * MiB)
    const compared = ['--compare', 'checksum']
    expect(await sync(from, `B:${bucket}`, ...compared)).toMatchObject({
      totals: { copied: 1, reasons: { new: 1, unchanged: 1 } },
    })
    expect(await sync(from, `B:${bucket}`, ...compared)).toMatchObject({ ...nothing, gets: 0 })
    // An edit that leaves size and time as they were.
    const { atime, mtime } = statSync(at(from, 'parts'))
    writeFileSync(at(from, 'parts'), OTHER)
    utimesSync(at(from, 'parts'), atime, mtime)
    expect(await sync(from, `B:${bucket}`, ...compared)).toMatchObject({
      totals: { copied: 1, reasons: { unchanged: 1 } },
    })
    expect((await oracle.get(bucket, 'parts')).bytes.equals(OTHER)).toBe(true)
    const down = directory()
    expect(await sync(`A:${bucket}`, down, ...compared)).toMatchObject({ totals: { copied: 2 } })
    expect(await sync(`A:${bucket}`, down, ...compared)).toMatchObject({ ...nothing, gets: 0 })
  })

  const ifItGetsATime = server.traits.has('times-bytes-only') ? it.skip : it
  ifItGetsATime('metadata that is replaced in place is told by verify and copied', async () => {
    const bucket = await oracle.bucketWith({
      a: { Body: 'one', ContentType: 'text/plain', Metadata: { title: 'old' } },
      b: 'two',
    })
    const to = uniqueBucket('metadata')
    expect(await sync(`A:${bucket}`, `B:${to}`)).toMatchObject({ code: 0, totals: { copied: 2 } })
    const replaced = { ContentType: 'text/css', Metadata: { title: 'new' }, MetadataDirective: 'REPLACE' } as const
    await oracle.client.send(new CopyObjectCommand({ Bucket: bucket, Key: 'a', CopySource: `${bucket}/a`, ...replaced }))
    expect(await run('verify', `A:${bucket}`, `B:${to}`)).toMatchObject({ code: 5 })
    expect(await sync(`A:${bucket}`, `B:${to}`)).toMatchObject({
      totals: { copied: 1, reasons: { metadata: 1, unchanged: 1 } },
    })
    // Not every server replaces the type.
    const { ContentType } = await oracle.get(bucket, 'a')
    expect(await oracle.get(to, 'a')).toMatchObject({ ContentType, Metadata: { title: 'new' } })
    expect(await run('verify', `A:${bucket}`, `B:${to}`)).toMatchObject({ code: 0 })
  })

  const CLOCKS = [
    ['the target’s is an hour ahead', { source: 0, target: HOUR }],
    ['the target’s is an hour behind', { source: 0, target: -HOUR }],
    ['the source’s is an hour behind', { source: -HOUR, target: 0 }],
  ] as const
  it.each(rowsOn(server, CLOCKS))(
    'times are corrected where clocks disagree and ETags say nothing: %s',
    async (_which, ahead) => {
      const [from, to] = [await oracle.createBucket(uniqueBucket('clock')), uniqueBucket('clock')]
      await oracle.putInParts(from, 'parts', ONE, 5 * MiB)
      proxies.source.aheadMs = ahead.source
      proxies.target.aheadMs = ahead.target
      try {
        await aWhile()
        const whole = ['--no-server-side-copy']
        expect(await sync(`A:${from}`, `B:${to}`, ...whole)).toMatchObject({ code: 0, totals: { copied: 1 } })
        expect(await sync(`A:${from}`, `B:${to}`, ...whole)).toMatchObject(nothing)
        await aWhile()
        await oracle.putInParts(from, 'parts', OTHER, 5 * MiB)
        expect(await sync(`A:${from}`, `B:${to}`, ...whole)).toMatchObject({ code: 0, totals: { copied: 1 } })
      } finally {
        proxies.source.aheadMs = proxies.target.aheadMs = 0
      }
      expect((await oracle.get(to, 'parts')).bytes.equals(OTHER)).toBe(true)
    },
  )

  it('--compare etag copies what ETags cannot tell apart, and counts it', async () => {
    const [from, to] = [await oracle.createBucket(uniqueBucket('etag')), await oracle.createBucket(uniqueBucket('etag'))]
    await oracle.putInParts(from, 'parts', ONE, 5 * MiB)
    await oracle.put(to, 'parts', OTHER)
    const counted = { code: 0, totals: { copied: 1, reasons: { incomparable: 1 } } }
    expect(await sync(`A:${from}`, `B:${to}`, '--compare', 'etag', '--no-server-side-copy')).toMatchObject(counted)
    expect((await oracle.get(to, 'parts')).bytes.equals(ONE)).toBe(true)
  })

  /** Syncs an object in parts, and replaces it before the first request of this kind. */
  async function replacedAt(write: string, ...options: readonly string[]) {
    const [from, to] = [await oracle.createBucket(uniqueBucket('replaced')), await oracle.createBucket(uniqueBucket('replaced'))]
    await oracle.putInParts(from, 'parts', ONE, 5 * MiB)
    let isReplaced = false
    proxies.target.onRequest = async ({ operation }) => {
      if (operation !== write || isReplaced) return
      isReplaced = true
      await oracle.putInParts(from, 'parts', OTHER, 5 * MiB)
    }
    const copied = await sync(`A:${from}`, `B:${to}`, '--no-server-side-copy', ...options)
    proxies.target.onRequest = undefined
    return { to, copied, isReplaced }
  }

  it('an object that is replaced while a copy of it arrives, by another ETag than its own, is copied again', async () => {
    const { to, copied } = await replacedAt('PutObject', '--no-proof')
    expect(copied).toMatchObject({ code: 0, totals: { copied: 1, retries: 1 } })
    expect((await oracle.get(to, 'parts')).bytes.equals(OTHER)).toBe(true)
  })

  it('an object that is replaced while its parts are copied is copied again', async () => {
    const { to, copied, isReplaced } = await replacedAt('UploadPart')
    expect([copied.code, copied.totals.retries, isReplaced]).toEqual([0, 1, true])
    expect((await oracle.get(to, 'parts')).bytes.equals(OTHER)).toBe(true)
  })
})
