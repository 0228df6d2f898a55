import { createHash } from 'node:crypto'
import type { Finding } from './report.js'
import { LIMITS } from '../pipeline/plan/part-size.js'
import type { UploadedPart } from '../pipeline/ports/store-facets.js'
import { outcomeOf, failureText, runCheck, type CheckResult, no, partly, yes } from './verdict.js'
import type { CheckContext } from './check-context.js'

const LARGE = LIMITS.smallestPart
const SMALL = 1024

/** Uploads an object of two parts and makes the checks that need one. */
export async function checkMultipart(context: CheckContext): Promise<readonly Finding[]> {
  const { bucket, root, signal } = context
  const object = { bucket, key: `${root}parts`, signal }
  const bytes = context.environment.random(LARGE + SMALL)
  const findings: Finding[] = []
  let etag = ''
  const whole = await runCheck('multipart', async () => {
    const { uploadId } = await context.store.multipart.createUpload({ ...object, attributes: { metadata: {} } })
    const parts = [
      await uploadPart(context, { ...object, uploadId }, 1, bytes.subarray(0, LARGE)),
      await uploadPart(context, { ...object, uploadId }, 2, bytes.subarray(LARGE)),
    ]
    findings.push(await runCheck('list-parts', () => listParts(context, { ...object, uploadId })))
    ;({ etag } = await context.store.multipart.completeUpload({ ...object, uploadId, parts }))
    const { size } = await context.store.head(object)
    return size === bytes.length ? yes('of 5 MiB and 1 KiB') : no(`${bytes.length} bytes became ${size}`)
  })
  if (whole.verdict !== 'yes') return [whole, ...findings]
  return [
    whole,
    ...findings,
    await runCheck('multipart-etag', () => Promise.resolve(etagOf(etag, bytes))),
    await runCheck('part-size-told', async () => {
      const { size } = await context.store.head({ ...object, partNumber: 1 })
      return size === LARGE ? yes('HEAD with partNumber=1') : no(`HEAD with partNumber=1 returns ${size} bytes`)
    }),
    await runCheck('part-copy', () => partCopy(context, object.key)),
    await runCheck('part-numbers', () => partNumbers(context)),
  ]
}

interface Upload {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  readonly signal: AbortSignal
}

function uploadPart(context: CheckContext, upload: Upload, number: number, body: Uint8Array): Promise<UploadedPart> {
  return context.store.multipart.uploadPart({ ...upload, number, start: 0, body, size: body.length })
}

async function listParts(context: CheckContext, upload: Upload): Promise<CheckResult> {
  const sizes = (await context.store.multipart.listParts(upload)).map(({ size }) => size)
  return sizes.join() === [LARGE, SMALL].join() ? yes('numbers, sizes, ETags') : no(`sizes: ${sizes.join(', ') || 'none'}`)
}

/** Whether the ETag is the MD5 of the parts' MD5s, as at AWS and most others: it can then be computed from the part size. */
function etagOf(etag: string, bytes: Uint8Array): CheckResult {
  const md5 = (data: Uint8Array): Buffer => createHash('md5').update(data).digest()
  const parts = Buffer.concat([md5(bytes.subarray(0, LARGE)), md5(bytes.subarray(LARGE))])
  return etag === `${md5(parts).toString('hex')}-2` ? yes('MD5 of the parts’ MD5s, -2') : no(`"${etag}"`)
}

/** Uses an upload of its own and aborts it. */
async function partCopy(context: CheckContext, from: string): Promise<CheckResult> {
  const { bucket, root, signal } = context
  const upload = { bucket, key: `${root}part copy`, signal }
  const { uploadId } = await context.store.multipart.createUpload({ ...upload, attributes: { metadata: {} } })
  try {
    const range = { start: 0, end: LARGE }
    const copied = await context.store.serverSideCopies.copyPart({
      ...upload,
      uploadId,
      number: 1,
      from: { bucket, key: from },
      range,
    })
    const listed = await outcomeOf(() => context.store.multipart.listParts({ ...upload, uploadId }))
    const size = ('ok' in listed ? listed.ok[0]?.size : undefined) ?? LARGE
    return copied.etag !== '' && size === LARGE ? yes('UploadPartCopy') : no(`${LARGE} bytes became ${size}`)
  } finally {
    await abort(context, { ...upload, uploadId })
  }
}

/** Whether the highest part number of AWS is accepted, and a small part before the last (S3 user guide, "Multipart upload limits"). */
async function partNumbers(context: CheckContext): Promise<CheckResult> {
  const { bucket, root, signal } = context
  const upload = { bucket, key: `${root}part numbers`, signal }
  const { uploadId } = await context.store.multipart.createUpload({ ...upload, attributes: { metadata: {} } })
  try {
    const first = await uploadPart(context, { ...upload, uploadId }, 1, Buffer.alloc(SMALL))
    const last = await outcomeOf(() => uploadPart(context, { ...upload, uploadId }, LIMITS.parts, Buffer.alloc(SMALL)))
    if ('failure' in last) {
      const thousandth = await outcomeOf(() => uploadPart(context, { ...upload, uploadId }, 1_000, Buffer.alloc(SMALL)))
      return 'ok' in thousandth
        ? partly(`1,000 is accepted, 10,000 not: ${failureText(last.failure)}`)
        : no(failureText(last.failure))
    }
    const small = await outcomeOf(() => context.store.multipart.completeUpload({ ...upload, uploadId, parts: [first, last.ok] }))
    return yes(`up to 10,000; parts below 5 MiB are ${'ok' in small ? 'accepted' : 'refused'}`)
  } finally {
    await abort(context, { ...upload, uploadId })
  }
}

/** A refusal says nothing about the check: the upload is removed at the end with everything else. */
async function abort(context: CheckContext, upload: Upload): Promise<void> {
  await outcomeOf(() => context.store.multipart.abortUpload(upload))
}
