import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CLOCK_AHEAD, runCli, type Sandbox, type CliResult } from '../support/cli.js'
import { givenServer } from '../support/given.js'
import { seededBytes } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import { type Oracle, testServers, uniqueBucket, type Seed } from '../support/servers.js'

const ROADS = [
  { route: 'through this machine', flags: ['--no-server-side-copy'] },
  { route: 'on the server', flags: [] },
]
const GIVEN = testServers().flatMap((server) => ROADS.map((way) => ({ name: server.name, server, ...way })))

/** The built tool copies from a bucket of each server to another one of the same server, and what it did is read with the plain SDK. */
describe.each(GIVEN)('given two buckets of $name, copied $route', ({ server, flags }) => {
  let sandbox: Sandbox
  let oracle: Oracle
  let stop: () => Promise<void>

  beforeAll(async () => {
    ;({ sandbox, oracle, stop } = await givenServer(server))
  })

  afterAll(() => stop())

  const sync = (...args: string[]): Promise<CliResult> =>
    runCli(sandbox, [...args, ...flags, '--yes', '--retry-delay', '10ms'], {
      env: { S3_SYNC_CONNECTION_A: oracle.url, S3_SYNC_CONNECTION_B: oracle.url },
    })

  it('copies every object, tells so in JSON, and copies nothing the second time', async () => {
    const objects = Object.fromEntries(
      Array.from({ length: 120 }, (_, i) => [`dir-${i % 7}/object-${i}`, seededBytes(i, i * 37)]),
    )
    const source = await oracle.bucketWith({ ...objects, empty: '' })
    const target = await oracle.createBucket(uniqueBucket('target'))
    const bytes = Object.values(objects).reduce((sum, { length }) => sum + length, 0)

    const first = await sync(`A:${source}`, `B:${target}`, '--json')
    expect(first).toMatchObject({ code: 0 })
    const totals = {
      filtered: 0,
      failed: 0,
      deleted: 0,
      deletesPlanned: 0,
      retries: 0,
      recovered: 0,
      listed: 121,
      bytesListed: bytes,
    }
    const copied = { ...totals, copied: 121, bytesCopied: bytes, skipped: 0, bytesSkipped: 0, reasons: { new: 121 } }
    expect(parseSummary(first.stdout)).toMatchObject({
      status: 'completed',
      source: `A:${source}`,
      target: `B:${target}`,
      totals: copied,
      buckets: [{ source, target, created: false, totals: copied }],
      failures: [],
      failuresOmitted: 0,
    })
    expect(await oracle.readAll(target)).toEqual(await oracle.readAll(source))

    const second = await sync(`A:${source}`, `B:${target}`, '--json')
    expect(second).toMatchObject({ code: 0 })
    const skipped = { ...totals, copied: 0, bytesCopied: 0, skipped: 121, bytesSkipped: bytes, reasons: { unchanged: 121 } }
    expect(parseSummary(second.stdout)).toMatchObject({ status: 'completed', totals: skipped })
  })

  it('copies again what has another size or other bytes at the source, and nothing else', async () => {
    const source = await oracle.bucketWith({ same: 'same', longer: 'longer', other: 'other' })
    const target = await oracle.bucketWith({ same: 'same', longer: 'long', other: 'OTHER', extra: 'extra' })
    // Without listed ETags, a target that is newer by a millisecond counts as unchanged.
    const compare = server.traits.has('no-listed-etags') ? ['--compare', 'checksum'] : []
    const { code, stdout } = await sync(`A:${source}`, `B:${target}`, '--json', ...compare)
    expect(code).toBe(0)
    expect(parseSummary(stdout).totals.reasons).toEqual({ unchanged: 1, size: 1, etag: 1 })
    expect(await oracle.readAll(target)).toEqual({ same: 'same', longer: 'longer', other: 'other', extra: 'extra' })
  })

  it('keeps the attributes of an object', async () => {
    const attributes = {
      ContentType: 'text/html; charset=utf-8',
      CacheControl: 'max-age=60, private',
      ContentDisposition: 'attachment; filename="a b.html"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de, en',
      Expires: new Date('2031-05-06T07:08:09Z'),
      Metadata: { plain: 'value', 'with-dash': '1, 2', encoded: '=?UTF-8?Q?Z=C3=BCrich_=E2=98=83?=' },
    }
    const source = await oracle.bucketWith({ page: { ...attributes, Body: '<p>' }, bare: 'no attributes' })
    const target = uniqueBucket('target')
    expect(await sync(`A:${source}`, `B:${target}`)).toMatchObject({ code: 0 })
    for (const key of ['page', 'bare']) expect(await attributesOf(target, key)).toEqual(await attributesOf(source, key))
    expect((await attributesOf(target, 'page')).Metadata).toMatchObject({ plain: 'value', encoded: 'Zürich ☃' })
  })

  async function attributesOf(bucket: string, key: string): Promise<Pick<Exclude<Seed, string | Uint8Array>, 'Metadata'>> {
    const got = await oracle.get(bucket, key)
    const { ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ExpiresString, Metadata } = got
    const metadata = Object.fromEntries(Object.entries(Metadata ?? {}).map(([name, value]) => [name, readHeader(value)]))
    const headers = { ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ExpiresString }
    return { ...headers, Metadata: metadata }
  }

  it('copies an object above the multipart threshold in parts, byte for byte', async () => {
    const bytes = seededBytes(5, 1024 * 1024)
    const large = Buffer.concat(Array.from({ length: 66 }, () => bytes))
    const source = await oracle.createBucket(uniqueBucket('large'))
    await oracle.putInParts(source, 'large', large, 8 * 1024 * 1024)
    const target = uniqueBucket('target')
    expect(await sync(`A:${source}`, `B:${target}`)).toMatchObject({ code: 0 })
    const copied = await oracle.get(target, 'large')
    expect(copied.bytes.equals(large)).toBe(true)
    // CopyObject makes one part of it: its ETag can't be compared, size and time still can.
    if (flags.length > 0) expect(copied.ETag).toMatch(/-9"$/)
    const again = await sync(`A:${source}`, `B:${target}`, '--json')
    expect(parseSummary(again.stdout).totals).toMatchObject({ copied: 0, skipped: 1 })
  })

  it('writes nothing under --dry-run, and says what it would do', async () => {
    const source = await oracle.bucketWith({ a: 'a', b: 'bb' })
    const target = await oracle.bucketWith({ a: 'a' })
    const { code, stdout } = await sync(`A:${source}`, `B:${target}`, '--dry-run', '--json')
    expect(code).toBe(0)
    expect(parseSummary(stdout)).toMatchObject({
      status: 'dry-run',
      totals: { copied: 1, bytesCopied: 2, skipped: 1, reasons: { new: 1 } },
    })
    expect(await oracle.keys(target)).toEqual(['a'])
  })

  it('does not even make the target bucket under --dry-run', async () => {
    const source = await oracle.bucketWith({ a: 'a' })
    const target = uniqueBucket('target')
    expect(await sync(`A:${source}`, `B:${target}`, '-n')).toMatchObject({ code: 0 })
    await expect(oracle.keys(target)).rejects.toMatchObject({ name: 'NoSuchBucket' })
  })

  it('copies what is selected, and touches nothing else', async () => {
    const source = await oracle.bucketWith({
      'a/one.jpg': 'one',
      'a/tmp/two.jpg': 'two',
      'a/three.txt': 'three',
      'b/four.jpg': '4',
    })
    const target = await oracle.bucketWith({ 'a/three.txt': 'of its own' })
    const globs = ['--include', 'a/**', '--exclude', '**/*.txt', '--exclude', 'a/tmp/**']
    const { code, stdout } = await sync(`A:${source}`, `B:${target}`, ...globs, '--json')
    expect(code).toBe(0)
    expect(parseSummary(stdout).totals).toMatchObject({ listed: 3, copied: 1, filtered: 2, failed: 0 })
    expect(await oracle.readAll(target)).toEqual({ 'a/one.jpg': 'one', 'a/three.txt': 'of its own' })
  })

  it('replaces the prefix of the source by that of the target', async () => {
    const source = await oracle.bucketWith({ 'x/1': '1', 'x/y/2': '2', 'xx/3': '3', other: '4' })
    const target = uniqueBucket('target')
    expect(await sync(`A:${source}/x`, `B:${target}/new/place`)).toMatchObject({ code: 0 })
    expect(await oracle.readAll(target)).toEqual({ 'new/place/1': '1', 'new/place/y/2': '2' })
  })

  if (!server.traits.has('no-slash-siblings')) {
    it('takes the object named by the prefix itself along with A:b/x, and not with A:b/x/', async () => {
      const source = await oracle.bucketWith({ x: 'self', 'x/1': '1' })
      const [withSelf, without] = [uniqueBucket('target'), uniqueBucket('target')]
      expect(await sync(`A:${source}/x`, `B:${withSelf}/y`)).toMatchObject({ code: 0 })
      expect(await sync(`A:${source}/x/`, `B:${without}/y`)).toMatchObject({ code: 0 })
      expect(await oracle.readAll(withSelf)).toEqual({ y: 'self', 'y/1': '1' })
      expect(await oracle.readAll(without)).toEqual({ 'y/1': '1' })
    })
  }

  it('makes a missing target bucket and says so', async () => {
    const source = await oracle.bucketWith({ a: 'a' })
    const target = uniqueBucket('target')
    const { code, stdout } = await sync(`A:${source}`, `B:${target}`, '--json')
    expect(code).toBe(0)
    expect(parseSummary(stdout).buckets).toMatchObject([{ source, target, created: true }])
  })

  it('several buckets go to those of the same name or of the one said', async () => {
    const [one, two] = [await oracle.bucketWith({ a: '1' }), await oracle.bucketWith({ a: '2' })]
    const [newOne, newTwo] = [uniqueBucket('new'), uniqueBucket('new')]
    const { code, stdout } = await sync('A:', 'B:', '--buckets', `${one}=${newOne},${two}=${newTwo}`, '--json')
    expect(code).toBe(0)
    const totals = { copied: 1, listed: 1 }
    expect(parseSummary(stdout)).toMatchObject({
      totals: { copied: 2, listed: 2 },
      buckets: [
        { source: one, target: newOne, totals },
        { source: two, target: newTwo, totals },
      ],
    })
    expect([await oracle.readAll(newOne), await oracle.readAll(newTwo)]).toEqual([{ a: '1' }, { a: '2' }])
  })

  it('a missing source bucket ends the run with 3 before the target bucket is made', async () => {
    const target = uniqueBucket('target')
    const result = await sync('A:no-such-bucket-here', `B:${target}`)
    expect(result.code).toBe(3)
    expect(result.stderr).toContain('no-such-bucket-here')
    await expect(oracle.keys(target)).rejects.toMatchObject({ name: 'NoSuchBucket' })
  })

  if (!server.traits.has('any-keys')) {
    it('refused credentials end the run with 3', async () => {
      const source = await oracle.bucketWith({ a: 'a' })
      const wrong = new URL(oracle.url)
      wrong.password = 'wrong-secret'
      const env = { S3_SYNC_CONNECTION_A: wrong.href, S3_SYNC_CONNECTION_B: oracle.url }
      const result = await runCli(sandbox, [`A:${source}`, 'B:target', '--yes', '--retry-delay', '10ms'], { env })
      expect(result.code).toBe(3)
      expect(result.stderr).not.toContain('wrong-secret')
    })

    it('a clock that is an hour ahead of the server is no hindrance: it tells its time', async () => {
      const source = await oracle.bucketWith({ a: 'a' })
      const target = uniqueBucket('target')
      const env = { S3_SYNC_CONNECTION_A: oracle.url, S3_SYNC_CONNECTION_B: oracle.url }
      const words = [`A:${source}`, `B:${target}`, ...flags, '--yes', '--retries', '0']
      expect(await runCli(sandbox, words, { env, command: CLOCK_AHEAD })).toMatchObject({ code: 0 })
      expect(await oracle.readAll(target)).toEqual({ a: 'a' })
    })
  }
})

/** A header as a person wrote it: RFC 2047 (as AWS answers non-ASCII metadata) or UTF-8 bytes, which Node hands out as Latin-1. */
function readHeader(value: string): string {
  const [, encoding, word = ''] = /^=\?UTF-8\?([QB])\?(.*)\?=$/i.exec(value) ?? []
  if (encoding?.toUpperCase() === 'Q') return decodeURIComponent(word.replaceAll('_', ' ').replaceAll('=', '%'))
  if (encoding?.toUpperCase() === 'B') return Buffer.from(word, 'base64').toString('utf8')
  return Buffer.from(value, 'latin1').toString('utf8')
}
