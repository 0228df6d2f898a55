import { StoreError } from '../../pipeline/errors.js'
import type { ObjectStore } from '../../pipeline/ports.js'
import { headersOf } from './attributes.js'
import type { CustomerKeys } from './customer-key.js'
import { ownFailure } from './failures.js'
import type { KeyCheck } from './key-check.js'
import { sendBody } from './objects.js'
import { extrasHeaders } from './properties.js'
import type { Rare } from './rare-calls.js'
import { elementOf } from './refusals.js'
import type { Requests } from './requests.js'
import { queryOf } from './signer.js'

type UploadCalls = Pick<ObjectStore, 'createUpload' | 'uploadPart' | 'completeUpload' | 'listParts' | 'abortUpload'>

/** Writing objects in parts; see {@link ObjectStore}. */
export function uploadCalls(requests: Requests, rare: Rare, checkKey: KeyCheck, { own }: CustomerKeys): UploadCalls {
  const keys = own?.headers ?? []
  return {
    async createUpload({ bucket, key, attributes, extras, signal }) {
      const operation = 'CreateMultipartUpload'
      await checkKey.before({ bucket, key, signal })
      const headers = [...headersOf(attributes), ...extrasHeaders(extras), ...keys]
      const { content } = await requests.send({
        ...{ operation, method: 'POST', bucket, key, query: 'uploads=', headers, signal, gather: SHORT },
      })
      const uploadId = content instanceof Uint8Array ? elementOf(Buffer.from(content).toString(), 'UploadId') : undefined
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

/** An answer that names an upload, bytes. */
const SHORT = 64 * 1024
