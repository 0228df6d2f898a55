import { describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { newMd5 } from '../../../src/io/hashers.js'
import { etagOfParts, PartDigests } from '../../../src/pipeline/transfer/part-digests.js'
import { md5 } from '../../support/memory-store.js'

const [ONE, TWO] = [Buffer.from('one'), Buffer.from('and two')]
const COMPOSITE = `${createHash('md5')
  .update(Buffer.from(md5(ONE) + md5(TWO), 'hex'))
  .digest('hex')}-2`

/** Uploads a part to a target that answers with this ETag. */
const upload = (digests: PartDigests, number: number, bytes: Buffer, etag = md5(bytes)) =>
  digests.uploaded(number, bytes, () => Promise.resolve({ number, etag }))

describe('the digests of an upload in parts', () => {
  it('are those of its parts, in any order, and make the ETag of the object', async () => {
    const digests = new PartDigests(newMd5, false)
    await upload(digests, 2, TWO)
    await upload(digests, 1, ONE)
    expect([digests.etag(), digests.isOpaque, digests.wholeMd5()]).toEqual([COMPOSITE, false, undefined])
  })

  it('include that of all bytes, if parts are uploaded in their order', async () => {
    const digests = new PartDigests(newMd5, true)
    await upload(digests, 1, ONE)
    await upload(digests, 2, TWO)
    expect(digests.wholeMd5()).toBe(md5(Buffer.concat([ONE, TWO])))
  })

  it('a part that the target received with other bytes fails, and counts once when it is sent again', async () => {
    const digests = new PartDigests(newMd5, true)
    const damaged = upload(digests, 1, ONE, md5(Buffer.from('onf')))
    await expect(damaged).rejects.toMatchObject({ failure: { kind: 'transient', code: 'BadDigest', reason: 'corrupt' } })
    await upload(digests, 1, ONE)
    await upload(digests, 2, TWO)
    expect([digests.etag(), digests.isOpaque, digests.wholeMd5()]).toEqual([COMPOSITE, false, md5(Buffer.concat([ONE, TWO]))])
  })

  it('the same part, read twice with the same bytes and answered with other ETags: the target tells no MD5s', async () => {
    const digests = new PartDigests(newMd5, false)
    await expect(upload(digests, 1, ONE, 'a'.repeat(32))).rejects.toBeDefined()
    await upload(digests, 1, ONE, 'b'.repeat(32))
    expect(digests.isOpaque).toBe(true)
  })

  it('an ETag of a part that is no hash: the target tells no MD5s', async () => {
    const digests = new PartDigests(newMd5, false)
    await upload(digests, 1, ONE, 'opaque')
    expect(digests.isOpaque).toBe(true)
  })

  it('of parts that an earlier process uploaded are known by their ETags, unless these are no hashes', async () => {
    const digests = new PartDigests(newMd5, false)
    digests.keep({ number: 1, etag: md5(ONE) })
    digests.keep({ number: 3, etag: 'opaque' })
    expect([1, 2, 3].map((number) => digests.knows(number))).toEqual([true, false, false])
    await upload(digests, 2, TWO)
    expect(digests.etag()).toBe(COMPOSITE)
  })
})

describe('the ETag that an object of these parts must have', () => {
  it.each([
    ['MD5s', [md5(ONE), md5(TWO)], COMPOSITE],
    ['one that is no MD5', [md5(ONE), 'opaque'], undefined],
  ])('%s', (_, etags, expected) => {
    const parts = etags.map((etag, index) => ({ number: index + 1, etag }))
    expect(etagOfParts(parts, newMd5)).toBe(expected)
  })
})
