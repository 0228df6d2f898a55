import { StoreError } from '../../../pipeline/ports/failure.js'
import type { MultipartUploads, UploadedPart } from '../../../pipeline/ports/store-facets.js'
import { headersOf } from './attributes.js'
import { type Announcing, CHECKSUM_TYPE, checksumHeader, checksumsIn } from './checksums.js'
import { writtenEtag } from './etag.js'
import type { CustomerKeys } from './sse-c-key.js'
import { lateAnswer } from '../answers/error-response.js'
import { ownFailure } from '../answers/failure-kinds.js'
import type { KeyCheck } from './key-normalization-check.js'
import { contentMd5, sendBody, writtenOf } from './objects.js'
import { extrasHeaders } from './metadata-headers.js'
import type { Rare } from './sdk-calls.js'
import { escapeXml } from '../xml/entities.js'
import { readXml, textIn } from '../xml/read-xml.js'
import type { Requests } from '../http/s3-client.js'
import { queryOf } from '../http/sigv4.js'

/** Writing objects in parts; see {@link MultipartUploads}. */
export function uploadCalls(
  requests: Requests,
  rare: Rare,
  checkKey: KeyCheck,
  announcing: Announcing,
  { own }: CustomerKeys,
): MultipartUploads {
  const keys = own?.headers ?? []
  return {
    async createUpload({ bucket, key, attributes, extras, signal }) {
      const operation = 'CreateMultipartUpload'
      await checkKey.before({ bucket, key, signal })
      const headers = [...headersOf(attributes), ...extrasHeaders(extras), ...keys]
      const { content } = await requests.send({
        ...{ operation, method: 'POST', bucket, key, query: 'uploads=', headers, signal, gather: SHORT },
      })
      const uploadId = content instanceof Uint8Array ? textIn(readXml(content), 'UploadId') : undefined
      if (uploadId !== undefined) return { uploadId }
      throw new StoreError(ownFailure(operation, 'NoUploadId', 'the server answered without an upload id', 'transient'))
    },

    async uploadPart({ bucket, key, uploadId, number, body, size, md5, signal }) {
      const operation = 'UploadPart'
      const query = queryOf({ partNumber: number, uploadId })
      const headers = md5 === undefined ? keys : [...keys, ...contentMd5(md5)]
      const { etag, encryption } = await sendBody(requests, { operation, bucket, key, query, headers, body, size, signal })
      return { number, etag, ...(encryption && { encryption }) }
    },

    async completeUpload({ bucket, key, uploadId, parts, checksum, signal }) {
      const operation = 'CompleteMultipartUpload'
      const body = Buffer.from(partsXml(parts))
      const asked = { operation, method: 'POST', bucket, key, query: queryOf({ uploadId }), body, hashed: true, signal } as const
      const length = ['content-type', 'application/xml', 'content-length', String(body.length)]
      const answer = await announcing.send(checksum, true, (announced) => {
        const whole = announced && [checksumHeader(announced), announced.value, CHECKSUM_TYPE, 'FULL_OBJECT']
        const headers = [...length, ...keys, ...(whole ?? [])]
        return requests.send({ ...asked, headers, gather: SHORT, waitMs: COMPLETING })
      })
      const xml = lateAnswer(operation, answer)
      const written = writtenOf(answer.headers, writtenEtag(operation, textIn(xml, 'ETag')))
      await checkKey.after({ bucket, key, signal })
      const checksums = checksumsIn(xml)
      return announcing.told(checksums.length === 0 ? written : { ...written, checksums })
    },

    listParts: async (upload) => (await rare()).listParts(upload),

    abortUpload: async (upload) => (await rare()).abortUpload(upload),
  }
}

/** Longest answer that names an upload, bytes. */
const SHORT = 64 * 1024
/** "Processing of a CompleteMultipartUpload request could take several minutes to complete" (Amazon S3 API reference). ms */
const COMPLETING = 10 * 60_000

function partsXml(parts: readonly UploadedPart[]): string {
  const one = ({ number, etag }: UploadedPart): string =>
    `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${escapeXml(etag)}&quot;</ETag></Part>`
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.map(one).join('')}</CompleteMultipartUpload>`
}
