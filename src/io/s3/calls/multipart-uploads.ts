import { StoreError } from '../../../pipeline/ports/failure.js'
import type { MultipartUploads } from '../../../pipeline/ports/store-facets.js'
import { headersOf } from './attributes.js'
import type { CustomerKeys } from './sse-c-key.js'
import { ownFailure } from '../answers/failure-kinds.js'
import type { KeyCheck } from './key-normalization-check.js'
import { sendBody } from './objects.js'
import { extrasHeaders } from './metadata-headers.js'
import type { Rare } from './sdk-calls.js'
import { readXml, textIn } from '../xml/read-xml.js'
import type { Requests } from '../http/s3-client.js'
import { queryOf } from '../http/sigv4.js'

/** Writing objects in parts; see {@link MultipartUploads}. */
export function uploadCalls(requests: Requests, rare: Rare, checkKey: KeyCheck, { own }: CustomerKeys): MultipartUploads {
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

    async uploadPart({ bucket, key, uploadId, number, body, size, signal }) {
      const operation = 'UploadPart'
      const query = queryOf({ partNumber: number, uploadId })
      const { etag } = await sendBody(requests, { operation, bucket, key, query, headers: keys, body, size, signal })
      return { number, etag }
    },

    async completeUpload(upload) {
      const { bucket, key, signal } = upload
      const completed = await (await rare()).completeUpload(upload)
      await checkKey.after({ bucket, key, signal })
      return completed
    },

    listParts: async (upload) => (await rare()).listParts(upload),

    abortUpload: async (upload) => (await rare()).abortUpload(upload),
  }
}

/** Longest answer that names an upload, bytes. */
const SHORT = 64 * 1024
