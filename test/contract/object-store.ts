import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { asBody, discard } from '../../src/pipeline/ports/body.js'
import { StoreError } from '../../src/pipeline/ports/failure.js'
import type { Body, Checksum, ListPage, ObjectAttributes } from '../../src/pipeline/ports/objects.js'
import type { Trait } from '../support/servers.js'
import type { Contracted } from './contracted.js'
import { propertiesContract } from './properties.js'
import { versionsContract } from './versions.js'

/** A store to test against the contract of src/pipeline/ports/object-store.ts. */
export interface Candidate {
  readonly store: Contracted
  /** The store's own form of a bucket name; by default the name itself. */
  readonly bucketNamed?: (name: string) => string
  close(): Promise<void>
}

const MiB = 2 ** 20
const never = new AbortController().signal
const PLAIN: ObjectAttributes = { metadata: {} }

const bytesOf = (content: string | Buffer, chunk = 16 * 1024): Body => {
  const bytes = Buffer.from(content)
  function* chunks(): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk)
  }
  return Readable.from(chunks(), { objectMode: false })
}

async function text(body: Body): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** The failure of a call that must fail. */
async function failure(call: Promise<unknown>): Promise<StoreError['failure']> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof StoreError)) throw new Error(`not a StoreError: ${String(error)}`)
  return error.failure
}

/**
 * Key names that broke other tools, with the traits that excuse a server. An excused server may report a failure, but never store another
 * name.
 */
const KEYS: readonly (readonly [key: string, ...excuses: Trait[]])[] = [
  ['plain'],
  ['with space'],
  ['plus+and=equals&amp'],
  ['percent%20%2F'],
  ['über/日本/🚀'],
  ['<xml>&"quotes\''],
  ['trailing/', 'no-slash-siblings', 'folds-slashes'],
  ['/leading', 'folds-slashes', 'drops-leading-slash'],
  ['double//slash', 'folds-slashes'],
  ['dots/./here', 'folds-slashes'],
  ['dots/../up', 'folds-slashes'],
  ['../out', 'folds-slashes'],
  ['k'.repeat(1024), 'no-long-names'],
  ['tab\tand\nline', 'no-control-characters'],
]

/** The contract of ObjectStore as a test suite: every implementation, and every server behind one, must pass it. */
export function objectStoreContract(name: string, open: () => Promise<Candidate>, traits: ReadonlySet<Trait> = new Set()): void {
  describe(`ObjectStore: ${name}`, () => {
    let candidate: Candidate
    let store: Contracted
    let bucket: string
    const fresh = (): string => {
      const name = `contract-${randomUUID().slice(0, 8)}`
      return candidate.bucketNamed?.(name) ?? name
    }
    const isDirectory = traits.has('is-a-directory')

    beforeAll(async () => {
      candidate = await open()
      store = candidate.store
      bucket = fresh()
      await store.createBucket({ bucket, signal: never })
    })

    afterAll(async () => {
      await candidate.close()
    })

    const put = (key: string, content: string | Buffer, attributes = PLAIN) =>
      store.put({ bucket, key, body: bytesOf(content), size: Buffer.byteLength(content), attributes, signal: never })

    /** Writes an object and returns its later ETag, which for a file differs from the one that the write returned. */
    async function putAndEtag(key: string, content: string | Buffer, attributes = PLAIN): Promise<string> {
      const { etag } = await put(key, content, attributes)
      return isDirectory ? (await store.head({ bucket, key, signal: never })).etag : etag
    }

    async function list(prefix: string, more: { limit?: number; after?: string } = {}): Promise<readonly string[]> {
      const keys: string[] = []
      let page: ListPage | undefined
      do {
        page = await store.listPage({ bucket, prefix, ...more, ...(page?.next && { token: page.next }), signal: never })
        keys.push(...page.entries.map(({ key }) => key))
      } while (page.next !== undefined && more.limit === undefined)
      return keys
    }

    describe('buckets', () => {
      it('a missing bucket is created and then exists; creating it again succeeds', async () => {
        const other = fresh()
        expect(await store.headBucket({ bucket: other, signal: never })).toBe('missing')
        expect(await store.createBucket({ bucket: other, signal: never })).toBe('created')
        expect(await store.headBucket({ bucket: other, signal: never })).toBe('exists')
        // us-east-1 answers 200 to the owner (S3 API reference, CreateBucket).
        expect(['created', 'existed']).toContain(await store.createBucket({ bucket: other, signal: never }))
      })

      it('calls about a missing bucket fail with NoSuchBucket', async () => {
        const missing = { bucket: fresh(), signal: never }
        expect(await failure(store.listPage({ ...missing, prefix: '' }))).toMatchObject({ code: 'NoSuchBucket', kind: 'fatal' })
        const body = bytesOf('x')
        const written = store.put({ ...missing, key: 'k', body, size: 1, attributes: PLAIN })
        if (traits.has('makes-buckets')) await written
        else expect(await failure(written)).toMatchObject({ code: 'NoSuchBucket', kind: 'fatal' })
      })
    })

    describe('listing', () => {
      const keys = ['list/a', 'list/b', 'list/c/d', 'list/c/e', 'list/z']
      beforeAll(async () => {
        for (const key of keys) await put(key, key)
      })

      it('an empty prefix without objects gives one empty page', async () => {
        expect(await store.listPage({ bucket, prefix: 'nothing/', signal: never })).toEqual({ entries: [] })
      })

      it('returns key, size, ETag without quotes and time', async () => {
        const before = Date.now() - 365 * 24 * 3600_000
        const { entries } = await store.listPage({ bucket, prefix: 'list/a', signal: never })
        const md5 = createHash('md5').update('list/a').digest('hex')
        const listedEtag: unknown = isDirectory ? expect.any(String) : traits.has('no-listed-etags') ? '' : md5
        expect(entries).toEqual([
          {
            key: 'list/a',
            size: 6,
            etag: listedEtag,
            lastModified: expect.any(Number),
          },
        ])
        expect(entries[0]?.lastModified).toBeGreaterThan(before)
      })

      it('only keys with the prefix, which need not end with a slash', async () => {
        expect(await list('list/')).toEqual(keys)
        expect(await list('list/c')).toEqual(['list/c/d', 'list/c/e'])
      })

      it('starts after a key', async () => {
        expect(await list('list/', { after: 'list/b' })).toEqual(['list/c/d', 'list/c/e', 'list/z'])
      })

      it('a limit of one returns the first key and says that more follow', async () => {
        const page = await store.listPage({ bucket, prefix: 'list/', limit: 1, signal: never })
        expect(page.entries.map(({ key }) => key)).toEqual(['list/a'])
        expect(page.next).toBeDefined()
      })

      it('all pages together contain every key once', async () => {
        const found: string[] = []
        let token: string | undefined
        do {
          const page = await store.listPage({ bucket, prefix: 'list/', limit: 2, ...(token && { token }), signal: never })
          found.push(...page.entries.map(({ key }) => key))
          token = page.next
        } while (token !== undefined)
        expect(found).toEqual(keys)
      })
    })

    describe('keys', () => {
      it.each(KEYS)('%j is stored under its own name, or reported as failed', async (key, ...excuses) => {
        const answer = await put(`keys-${name.length}/x`, 'warm')
          .then(() => put(key, 'content'))
          .then(
            () => undefined,
            (error: unknown) => error,
          )
        if (answer === undefined) {
          expect(await list(key, { limit: 1 })).toEqual([key])
          const { body } = await store.get({ bucket, key, signal: never })
          expect(await text(asBody(body))).toBe('content')
          return
        }
        if (!(answer instanceof StoreError)) throw new Error('not a StoreError', { cause: answer })
        expect(excuses.filter((excuse) => traits.has(excuse))).not.toEqual([])
        expect(['permanent', 'transient']).toContain(answer.failure.kind)
        if (traits.has('drops-leading-slash')) expect(answer.failure.code).toBe('KeyChanged')
        const found = traits.has('refuses-odd-names') ? list(key).catch(() => []) : list(key)
        expect(await found).not.toContain(key)
      })
    })

    describe('reading', () => {
      const large = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251))
      let etag: string
      beforeAll(async () => {
        etag = await putAndEtag('read', large)
      })

      it('returns all bytes and the metadata', async () => {
        const answer = await store.get({ bucket, key: 'read', signal: never })
        expect({ ...answer, body: undefined }).toMatchObject({ length: 200_000, size: 200_000, etag })
        const chunks: Uint8Array[] = []
        for await (const chunk of asBody(answer.body)) chunks.push(chunk)
        expect(Buffer.concat(chunks).equals(large)).toBe(true)
      })

      it('returns exactly a range, and the size of the whole object', async () => {
        const answer = await store.get({ bucket, key: 'read', range: { start: 1000, end: 1010 }, signal: never })
        expect([answer.length, answer.size]).toEqual([10, 200_000])
        expect(Buffer.from(await text(asBody(answer.body)), 'latin1').length).toBeGreaterThanOrEqual(10)
      })

      it('of an object pinned by its ETag; fails as changed for another version', async () => {
        const { body } = await store.get({ bucket, key: 'read', ifMatch: etag, signal: never })
        discard(body)
        const other = store.get({ bucket, key: 'read', ifMatch: '0'.repeat(32), signal: never })
        expect(await failure(other)).toMatchObject({ kind: 'changed' })
      })

      it('of a missing object fails with NoSuchKey, with GET and HEAD', async () => {
        const expected = { code: 'NoSuchKey', kind: 'permanent', ...(isDirectory ? {} : { status: 404 }) }
        expect(await failure(store.get({ bucket, key: 'no such key', signal: never }))).toMatchObject(expected)
        expect(await failure(store.head({ bucket, key: 'no such key', signal: never }))).toMatchObject(expected)
      })

      it('of an empty object returns no bytes', async () => {
        await put('empty', '')
        const { body, length } = await store.get({ bucket, key: 'empty', signal: never })
        expect([await text(asBody(body)), length]).toEqual(['', 0])
      })

      it('an abandoned body can be destroyed, and the next call works', async () => {
        const { body } = await store.get({ bucket, key: 'read', signal: never })
        discard(body)
        expect((await store.head({ bucket, key: 'read', signal: never })).size).toBe(200_000)
      })
    })

    describe('writing', () => {
      it('returns the ETag, which is the MD5', async () => {
        expect(await put('written', 'some content')).toMatchObject({
          etag: createHash('md5').update('some content').digest('hex'),
        })
      })

      it('replaces an existing object', async () => {
        await put('twice', 'one')
        await put('twice', 'another')
        expect(await text(asBody((await store.get({ bucket, key: 'twice', signal: never })).body))).toBe('another')
      })

      it('preserves all attributes, including non-ASCII ones', async () => {
        const kept: ObjectAttributes = {
          contentType: 'text/plain; charset=utf-8',
          metadata: { plain: 'value', name: 'Käse 🧀' },
        }
        const headers = {
          cacheControl: 'max-age=60',
          contentDisposition: 'attachment; filename="a b.txt"',
          contentEncoding: 'gzip',
          contentLanguage: 'de',
          expires: 'Thu, 01 Dec 2033 16:00:00 GMT',
        }
        await put('attributes', 'x', { ...kept, ...headers })
        const { attributes } = await store.head({ bucket, key: 'attributes', signal: never })
        if (isDirectory) expect(Object.keys(attributes.metadata)).toEqual(['mtime'])
        else if (traits.has('drops-headers')) expect(attributes).toEqual(kept)
        else expect(attributes).toEqual({ ...kept, ...headers })
      })

      const md5Of = (content: string) => createHash('md5').update(content).digest('hex')

      it('accepts bytes with the announced MD5 and refuses others', async () => {
        const write = (key: string, content: string, md5: string) =>
          store.put({ bucket, key, body: bytesOf(content), size: content.length, attributes: PLAIN, md5, signal: never })
        expect(await write('announced', 'content', md5Of('content'))).toMatchObject({ etag: md5Of('content') })
        if (traits.has('ignores-md5')) return
        expect(await failure(write('refused', 'content', md5Of('other')))).toMatchObject({ code: 'BadDigest', kind: 'transient' })
        expect(await list('refused')).toEqual(traits.has('keeps-refused-bodies') ? ['refused'] : [])
      })

      it('accepts bytes with the announced checksum and refuses others', async () => {
        const crcOf = (content: string): Checksum => {
          const bytes = Buffer.alloc(4)
          bytes.writeUInt32BE(crc32(content))
          return { algorithm: 'CRC32', value: bytes.toString('base64') }
        }
        const write = (key: string, content: string, checksum: Checksum) =>
          store.put({ bucket, key, body: bytesOf(content), size: content.length, attributes: PLAIN, checksum, signal: never })
        expect(await write('summed', 'content', crcOf('content'))).toMatchObject({ etag: md5Of('content') })
        if (traits.has('ignores-checksums')) return
        expect(await failure(write('summed wrong', 'content', crcOf('other')))).toMatchObject({
          code: 'BadDigest',
          kind: 'transient',
        })
        expect(await list('summed wrong')).toEqual(traits.has('keeps-refused-bodies') ? ['summed wrong'] : [])
      })

      it.each([
        ['shorter', 'abc', 10],
        ['longer', 'abcdefghijkl', 3],
        ['longer by far', 'x'.repeat(300_000), 200_000],
        ['shorter by far', 'x'.repeat(200_000), 300_000],
      ])('stores nothing when the body is %s than announced', async (_what, content, size) => {
        const key = `wrong-length-${size}`
        const write = (more: { md5?: string }) =>
          store.put({ bucket, key, body: bytesOf(content), size, attributes: PLAIN, ...more, signal: never })
        // The MD5 of the expected bytes, which differ from those sent.
        expect(await failure(write({ md5: md5Of('the whole') }))).toMatchObject({ code: 'TruncatedBody', kind: 'transient' })
        expect(await list(key)).toEqual([])
        expect(await failure(write({}))).toMatchObject({ code: 'TruncatedBody', kind: 'transient' })
        if (!traits.has('keeps-cut-bodies')) expect(await list(key)).toEqual([])
      })

      it.each([10, 300_000])("stores nothing of %d bytes when the body fails, and reports the body's own error", async (size) => {
        const own = new StoreError({ kind: 'transient', operation: 'GetObject', code: 'Stalled', message: 'source' })
        function* chunks(): Generator<Buffer> {
          yield Buffer.alloc(size / 2)
          throw own
        }
        const body = Readable.from(chunks(), { objectMode: false })
        const key = `failing-${size}`
        expect(await failure(store.put({ bucket, key, body, size, attributes: PLAIN, signal: never }))).toEqual(own.failure)
        if (!traits.has('keeps-cut-bodies')) expect(await list(key)).toEqual([])
      })
    })

    describe('writing in parts', () => {
      const [first, last] = [Buffer.alloc(5 * MiB, 'a'), Buffer.alloc(1000, 'b')]
      const part = (uploadId: string, key: string, number: number, bytes: Buffer) =>
        store.multipart.uploadPart({
          bucket,
          key,
          uploadId,
          number,
          start: (number - 1) * first.length,
          body: bytesOf(bytes, 64 * 1024),
          size: bytes.length,
          signal: never,
        })

      it('the parts become one object, with its attributes and an ETag that states their number', async () => {
        const key = 'in parts'
        const attributes = { contentType: 'video/mp4', metadata: { a: 'b' } }
        const { uploadId } = await store.multipart.createUpload({ bucket, key, attributes, signal: never })
        const parts = [await part(uploadId, key, 1, first), await part(uploadId, key, 2, last)]
        const { etag } = await store.multipart.completeUpload({ bucket, key, uploadId, parts, signal: never })
        const digest = createHash('md5')
        for (const bytes of [first, last]) digest.update(createHash('md5').update(bytes).digest())
        expect(etag).toBe(`${digest.digest('hex')}-2`)
        expect(await store.head({ bucket, key, signal: never })).toMatchObject({
          size: 5 * MiB + 1000,
          ...(isDirectory ? {} : { etag, attributes }),
        })
      })

      it('an aborted upload leaves nothing; aborting it again succeeds', async () => {
        const key = 'aborted'
        const { uploadId } = await store.multipart.createUpload({ bucket, key, attributes: PLAIN, signal: never })
        await part(uploadId, key, 1, last)
        await store.multipart.abortUpload({ bucket, key, uploadId, signal: never })
        const again = store.multipart.abortUpload({ bucket, key, uploadId, signal: never })
        if (traits.has('denies-gone-uploads')) expect(await failure(again)).toMatchObject({ code: 'AccessDenied' })
        else await again
        expect(await list(key)).toEqual([])
      })

      it('lists the parts of an upload by number; fails with NoSuchUpload for a removed one', async () => {
        const key = 'parts of it'
        const { uploadId } = await store.multipart.createUpload({ bucket, key, attributes: PLAIN, signal: never })
        const upload = { bucket, key, uploadId, signal: never }
        if (traits.has('no-list-parts')) {
          await part(uploadId, key, 1, last)
          const listed = await store.multipart.listParts(upload).catch((error: unknown) => error)
          if (listed instanceof StoreError) expect(listed.failure.kind).toBe('permanent')
          else expect(listed).toEqual([])
          return
        }
        expect(await store.multipart.listParts(upload)).toEqual([])
        const third = Buffer.alloc(7, 'c')
        const parts = [
          await store.multipart.uploadPart({ ...upload, number: 3, start: 10 * MiB, body: third, size: third.length }),
          await store.multipart.uploadPart({ ...upload, number: 1, start: 0, body: Buffer.alloc(5 * MiB, 'a'), size: 5 * MiB }),
        ]
        const told = await store.multipart.listParts(upload)
        expect(told).toEqual([
          { number: 1, etag: parts[1]?.etag, size: 5 * MiB },
          { number: 3, etag: parts[0]?.etag, size: third.length },
        ])
        await store.multipart.abortUpload(upload)
        await expect(store.multipart.listParts(upload)).rejects.toMatchObject({
          failure: { code: 'NoSuchUpload', kind: 'permanent' },
        })
      })

      it('completing a removed upload fails with NoSuchUpload', async () => {
        const key = 'gone'
        const { uploadId } = await store.multipart.createUpload({ bucket, key, attributes: PLAIN, signal: never })
        const parts = [await part(uploadId, key, 1, last)]
        await store.multipart.abortUpload({ bucket, key, uploadId, signal: never })
        const completed = store.multipart.completeUpload({ bucket, key, uploadId, parts, signal: never })
        const gone = { code: traits.has('denies-gone-uploads') ? 'AccessDenied' : 'NoSuchUpload', kind: 'permanent' }
        expect(await failure(completed)).toMatchObject(
          traits.has('crashes-on-gone-uploads') ? { status: 500, kind: 'transient' } : gone,
        )
      })
    })

    describe('copying on the server', () => {
      const copied = 'copy/of one'
      const attributes: ObjectAttributes = { contentType: 'text/plain', metadata: { a: 'b' } }
      let from: { bucket: string; key: string }
      let etag: string
      beforeAll(async () => {
        from = { bucket, key: 'copy/über + one' }
        etag = await putAndEtag(from.key, 'the content', attributes)
      })

      it('copies bytes and attributes, and returns the ETag', async () => {
        expect(await store.serverSideCopies.copy({ bucket, key: copied, from, ifMatch: etag, signal: never })).toMatchObject({
          etag,
        })
        const answer = await store.get({ bucket, key: copied, signal: never })
        expect(await text(asBody(answer.body))).toBe('the content')
        expect(answer).toMatchObject(isDirectory ? { size: 11 } : { etag, attributes })
      })

      it('of a pinned object that has changed fails as changed', async () => {
        if (traits.has('ignores-copy-conditions')) return
        const other = store.serverSideCopies.copy({ bucket, key: copied, from, ifMatch: '0'.repeat(32), signal: never })
        expect(await failure(other)).toMatchObject({ kind: 'changed' })
      })

      it('of a missing object fails with NoSuchKey', async () => {
        const nothing = store.serverSideCopies.copy({ bucket, key: copied, from: { bucket, key: 'no such key' }, signal: never })
        expect(await failure(nothing)).toMatchObject({ code: 'NoSuchKey', kind: 'permanent' })
      })

      it('also works in parts', async () => {
        if (traits.has('no-part-copy')) return
        const key = 'copy/in parts'
        const bytes = Buffer.alloc(5 * MiB + 3, 'ab')
        await put('copy/large', bytes)
        const large = { bucket, key: 'copy/large' }
        const { uploadId } = await store.multipart.createUpload({ bucket, key, attributes, signal: never })
        const part = (number: number, range: { start: number; end: number }) =>
          store.serverSideCopies.copyPart({ bucket, key, uploadId, number, from: large, range, signal: never })
        const parts = [await part(1, { start: 0, end: 5 * MiB }), await part(2, { start: 5 * MiB, end: 5 * MiB + 3 })]
        await store.multipart.completeUpload({ bucket, key, uploadId, parts, signal: never })
        const answer = await store.get({ bucket, key, signal: never })
        expect(answer).toMatchObject({ size: bytes.length, ...(isDirectory ? {} : { attributes }) })
        expect(Buffer.from(await text(asBody(answer.body))).equals(bytes)).toBe(true)
      })
    })

    describe('deleting', () => {
      const there = async (keys: readonly string[]): Promise<readonly string[]> => {
        for (const key of keys) await put(key, 'x')
        return keys
      }

      it('deletes only the named keys; a missing key is no failure', async () => {
        const keys = await there(['delete/a', 'delete/b', 'delete/c'])
        expect(await store.deleteObjects({ bucket, keys: [...keys.slice(0, 2), 'delete/never'], signal: never })).toEqual([])
        expect(await list('delete/')).toEqual(['delete/c'])
      })

      it('odd names are deleted exactly', async () => {
        const odd = ['delete/<a>&"b\'', 'delete/%20 +é🚀']
        if (!traits.has('no-control-characters')) odd.push('delete/tab\tline\nend\rbell\u0007')
        await there([...odd, 'delete/%20 +'])
        expect(await store.deleteObjects({ bucket, keys: odd, signal: never })).toEqual([])
        expect(await list('delete/')).toEqual(['delete/%20 +', 'delete/c'])
      })

      it('a thousand at once', async () => {
        const keys = Array.from({ length: 1000 }, (_, i) => `delete/never-${i}`)
        expect(await store.deleteObjects({ bucket, keys, signal: never })).toEqual([])
      })

      it('from a missing bucket fails with NoSuchBucket', async () => {
        const missing = { bucket: fresh(), keys: ['a'], signal: never }
        if (traits.has('makes-buckets')) expect(await store.deleteObjects(missing)).toEqual([])
        else expect(await failure(store.deleteObjects(missing))).toMatchObject({ code: 'NoSuchBucket', kind: 'fatal' })
      })
    })

    describe('metadata and other properties', () => propertiesContract(() => ({ store, bucket, fresh }), traits))

    describe('versions', () => versionsContract(() => ({ store, bucket, fresh }), traits))

    describe('cancelling', () => {
      it('a call with an already aborted signal fails with Aborted', async () => {
        const signal = AbortSignal.abort()
        expect(await failure(store.head({ bucket, key: 'written', signal }))).toMatchObject({ code: 'Aborted' })
        expect(await failure(store.listPage({ bucket, prefix: '', signal }))).toMatchObject({ code: 'Aborted' })
      })

      it.each([200_000, 20])(
        'aborting the signal ends a write of %d bytes whose body never ends, and nothing is stored',
        async (size) => {
          const controller = new AbortController()
          async function* endless(): AsyncGenerator<Buffer> {
            yield Buffer.alloc(size / 2)
            controller.abort()
            await new Promise(() => undefined)
          }
          const body = Readable.from(endless(), { objectMode: false })
          const key = `endless-${size}`
          const written = store.put({ bucket, key, body, size, attributes: PLAIN, signal: controller.signal })
          expect(await failure(written)).toMatchObject({ code: 'Aborted' })
          expect(await list(key)).toEqual([])
        },
      )
    })
  })
}
