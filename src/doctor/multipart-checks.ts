import { createHash } from 'node:crypto'
import type { Finding } from './report.js'
import { LIMITS } from '../pipeline/plan/part-size.js'
import type { UploadedPart } from '../pipeline/ports/store-facets.js'
import { attempt, inShort, judge, type Judgement, no, partly, yes } from './verdict.js'
import type { Patient } from './subject.js'

const LARGE = LIMITS.smallestPart
const SMALL = 1024

/** An object of two parts, begun and finished, and what can be asked about it. */
export async function multipart(p: Patient): Promise<readonly Finding[]> {
  const { bucket, root, signal } = p
  const object = { bucket, key: `${root}parts`, signal }
  const bytes = p.world.random(LARGE + SMALL)
  const findings: Finding[] = []
  let etag = ''
  const whole = await judge('multipart', async () => {
    const { uploadId } = await p.store.multipart.createUpload({ ...object, attributes: { metadata: {} } })
    const parts = [
      await uploadPart(p, { ...object, uploadId }, 1, bytes.subarray(0, LARGE)),
      await uploadPart(p, { ...object, uploadId }, 2, bytes.subarray(LARGE)),
    ]
    findings.push(await judge('list-parts', () => listParts(p, { ...object, uploadId })))
    ;({ etag } = await p.store.multipart.completeUpload({ ...object, uploadId, parts }))
    const { size } = await p.store.head(object)
    return size === bytes.length ? yes('of 5 MiB and 1 KiB') : no(`${bytes.length} bytes became ${size}`)
  })
  if (whole.verdict !== 'yes') return [whole, ...findings]
  return [
    whole,
    ...findings,
    await judge('multipart-etag', () => Promise.resolve(etagOf(etag, bytes))),
    await judge('part-size-told', async () => {
      const { size } = await p.store.head({ ...object, partNumber: 1 })
      return size === LARGE ? yes('HEAD with partNumber=1') : no(`HEAD with partNumber=1 returns ${size} bytes`)
    }),
    await judge('part-copy', () => partCopy(p, object.key)),
    await judge('part-numbers', () => partNumbers(p)),
  ]
}

interface Upload {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  readonly signal: AbortSignal
}

function uploadPart(p: Patient, upload: Upload, number: number, body: Uint8Array): Promise<UploadedPart> {
  return p.store.multipart.uploadPart({ ...upload, number, start: 0, body, size: body.length })
}

async function listParts(p: Patient, upload: Upload): Promise<Judgement> {
  const sizes = (await p.store.multipart.listParts(upload)).map(({ size }) => size)
  return sizes.join() === [LARGE, SMALL].join() ? yes('numbers, sizes, ETags') : no(`sizes: ${sizes.join(', ') || 'none'}`)
}

/** The MD5 of the parts' MD5s: reproducible by whoever knows the part size (knowledge of AWS and most others). */
function etagOf(etag: string, bytes: Uint8Array): Judgement {
  const md5 = (data: Uint8Array): Buffer => createHash('md5').update(data).digest()
  const parts = Buffer.concat([md5(bytes.subarray(0, LARGE)), md5(bytes.subarray(LARGE))])
  return etag === `${md5(parts).toString('hex')}-2` ? yes('MD5 of the parts’ MD5s, -2') : no(`"${etag}"`)
}

/** In an upload of its own, which is abandoned. */
async function partCopy(p: Patient, from: string): Promise<Judgement> {
  const { bucket, root, signal } = p
  const upload = { bucket, key: `${root}part copy`, signal }
  const { uploadId } = await p.store.multipart.createUpload({ ...upload, attributes: { metadata: {} } })
  try {
    const range = { start: 0, end: LARGE }
    const copied = await p.store.serverSideCopies.copyPart({ ...upload, uploadId, number: 1, from: { bucket, key: from }, range })
    const told = await attempt(() => p.store.multipart.listParts({ ...upload, uploadId }))
    const size = 'ok' in told ? told.ok[0]?.size : LARGE
    return copied.etag !== '' && size === LARGE ? yes('UploadPartCopy') : no(`${LARGE} bytes became ${size ?? 0}`)
  } finally {
    await p.store.multipart.abortUpload({ ...upload, uploadId })
  }
}

/** The last number that AWS takes, and whether a part before it may be small (S3 user guide, "Multipart upload limits"). */
async function partNumbers(p: Patient): Promise<Judgement> {
  const { bucket, root, signal } = p
  const upload = { bucket, key: `${root}part numbers`, signal }
  const { uploadId } = await p.store.multipart.createUpload({ ...upload, attributes: { metadata: {} } })
  try {
    const first = await uploadPart(p, { ...upload, uploadId }, 1, Buffer.alloc(SMALL))
    const last = await attempt(() => uploadPart(p, { ...upload, uploadId }, LIMITS.parts, Buffer.alloc(SMALL)))
    if ('failure' in last) {
      const thousandth = await attempt(() => uploadPart(p, { ...upload, uploadId }, 1_000, Buffer.alloc(SMALL)))
      return 'ok' in thousandth ? partly(`1,000 is accepted, 10,000 not: ${inShort(last.failure)}`) : no(inShort(last.failure))
    }
    const small = await attempt(() => p.store.multipart.completeUpload({ ...upload, uploadId, parts: [first, last.ok] }))
    return yes(`up to 10,000; parts below 5 MiB are ${'ok' in small ? 'accepted' : 'refused'}`)
  } finally {
    await p.store.multipart.abortUpload({ ...upload, uploadId })
  }
}
