import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { etagOf } from '../../../src/pipeline/proof/multipart-etag.js'
import { type Hasher } from '../../../src/pipeline/ports/hasher.js'
import { partsOf } from '../../../src/pipeline/plan/part-size.js'
import { md5, MemoryStore } from '../../support/memory-store.js'

const newHasher = (): Hasher => createHash('md5')

/** In one pass, cut by the function that cuts uploads. */
function independent(bytes: Buffer, partSize: number): string {
  const parts =
    bytes.length === 0 ? [bytes] : [...partsOf(bytes.length, partSize)].map((part) => bytes.subarray(part.start, part.end))
  return `${md5(Buffer.concat(parts.map((part) => Buffer.from(md5(part), 'hex'))))}-${parts.length}`
}

/** `bytes` in pieces of the given lengths, repeated. */
function chunked(bytes: Buffer, lengths: readonly number[]): Readable {
  const chunks: Buffer[] = []
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = lengths[n % lengths.length] ?? 1
    chunks.push(bytes.subarray(at, at + length))
    at += length
  }
  return Readable.from(chunks)
}

describe('the ETag of bytes', () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
  const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 })

  it('written in one piece is their MD5, for any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, lengths, async (content, cuts) => {
        expect(await etagOf(chunked(content, cuts), undefined, newHasher)).toBe(md5(content))
        expect(await etagOf(content, undefined, newHasher)).toBe(md5(content))
      }),
    )
  })

  it('written in parts is the MD5 of the parts’ MD5s and their count, for any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 250 }), lengths, async (content, partSize, cuts) => {
        expect(await etagOf(chunked(content, cuts), partSize, newHasher)).toBe(independent(content, partSize))
        expect(await etagOf(content, partSize, newHasher)).toBe(independent(content, partSize))
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['a full last part has no empty one behind it', 8, 4, '-2'],
    ['one byte more is one part more', 9, 4, '-3'],
    ['fewer bytes than a part are one part, which is not the MD5 of the bytes', 3, 4, '-1'],
    ['no bytes are one part, as an upload has to have one', 0, 4, '-1'],
  ])('%s', async (_what, length, partSize, count) => {
    const content = Buffer.alloc(length, 'x')
    const etag = await etagOf(content, partSize, newHasher)
    expect(etag).toMatch(new RegExp(`^[0-9a-f]{32}${count}$`))
    expect(etag).not.toContain(md5(content))
  })

  it('equals the ETag that a store gives a multipart upload', async () => {
    const store = new MemoryStore().seed('media', 'other', '')
    const { signal } = new AbortController()
    const about = { bucket: 'media', key: 'k', signal }
    const { uploadId } = await store.multipart.createUpload({ ...about, attributes: { metadata: {} } })
    const content = Buffer.from('three parts')
    const parts = []
    for (const { number, start, end } of partsOf(content.length, 4)) {
      const body = content.subarray(start, end)
      parts.push(await store.multipart.uploadPart({ ...about, uploadId, number, start, body, size: body.length }))
    }
    const { etag } = await store.multipart.completeUpload({ ...about, uploadId, parts })
    expect(await etagOf(content, 4, newHasher)).toBe(etag)
  })
})

describe('after a failure, the body is closed', () => {
  it('of the body', async () => {
    const body = new Readable({ read: () => body.destroy(new Error('cut')) })
    await expect(etagOf(body, 4, newHasher)).rejects.toThrow('cut')
    expect(body.destroyed).toBe(true)
  })

  it('of the hasher, at its beginning and at the bytes', async () => {
    const none = (): Hasher => {
      throw new Error('no MD5 here')
    }
    const broken = (): Hasher => ({ ...newHasher(), update: none, digest: () => new Uint8Array(16) })
    for (const hasher of [none, broken]) {
      const body = chunked(Buffer.from('bytes'), [2])
      await expect(etagOf(body, undefined, hasher)).rejects.toThrow('no MD5 here')
      expect(body.destroyed).toBe(true)
    }
  })

  it.each([0, -1, 1.5, NaN, Infinity])('of an invalid part size: %d', async (partSize) => {
    const body = chunked(Buffer.from('bytes'), [2])
    await expect(etagOf(body, partSize, newHasher)).rejects.toThrow(RangeError)
    expect(body.destroyed).toBe(true)
  })
})
