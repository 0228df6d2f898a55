// Any S3 endpoint, for the bench's own preparations: buckets are filled, emptied and counted as anyone would.
import { S3, paginateListObjectsV2 } from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'

const PART = 64 * 2 ** 20
const AT_ONCE = 32

/**
 * @param {{ url: string, key: string, secret: string, region: string }} place
 * @returns {import('./endpoints.mjs').Store}
 */
export function s3Store({ url, key, secret, region }) {
  const s3 = new S3({
    endpoint: url,
    region,
    credentials: { accessKeyId: key, secretAccessKey: secret },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })

  const create = (Bucket) =>
    s3.createBucket({ Bucket }).catch((error) => {
      if (error.name !== 'BucketAlreadyOwnedByYou') throw error
    })

  async function* pages(Bucket) {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) yield Contents
  }

  async function count(bucket) {
    let [objects, bytes] = [0, 0]
    const digest = createHash('md5')
    for await (const page of pages(bucket)) {
      objects += page.length
      bytes += page.reduce((sum, { Size }) => sum + Size, 0)
      for (const { Key, ETag } of page) digest.update(`${Key} ${ETag}\n`)
    }
    return { objects, bytes, digest: digest.digest('hex') }
  }

  async function clear(bucket) {
    await create(bucket)
    for await (const page of pages(bucket)) {
      if (page.length > 0)
        await s3.deleteObjects({ Bucket: bucket, Delete: { Objects: page.map(({ Key }) => ({ Key })), Quiet: true } })
    }
  }

  async function put(Bucket, Key, size) {
    if (size <= PART) return s3.putObject({ Bucket, Key, Body: bytes(size) })
    const { UploadId } = await s3.createMultipartUpload({ Bucket, Key })
    const Parts = []
    for (let begin = 0; begin < size; begin += PART) {
      const upload = { Bucket, Key, UploadId, PartNumber: Parts.length + 1 }
      const { ETag } = await s3.uploadPart({ ...upload, Body: bytes(Math.min(PART, size - begin)) })
      Parts.push({ ETag, PartNumber: upload.PartNumber })
    }
    await s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts } })
  }

  async function fill(bucket, objects, size) {
    await create(bucket)
    const found = await count(bucket)
    if (found.objects === objects && found.bytes === objects * size) return
    await clear(bucket)
    const names = Array.from({ length: objects }, (_, number) => `k${String(number).padStart(10, '0')}`).values()
    const work = async () => {
      for (const name of names) await put(bucket, name, size)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }

  return { fill, clear, count, requests: () => Promise.resolve(undefined) }
}

/** The same bytes for the same size, that no disk or wire compresses. */
function bytes(size) {
  return createHash('shake256', { outputLength: size }).update('bench').digest()
}
