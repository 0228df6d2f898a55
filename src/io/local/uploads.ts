import { createHash } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { MultipartUploads, ServerSideCopies, UploadedPart, UploadRef } from '../../pipeline/ports/store-facets.js'
import { local, localFailure, unlessAborted } from './failures.js'
import { readPiece } from './reading.js'
import type { Times } from './times.js'
import { place, restoreTime, type Writing, written } from './writing.js'

interface Upload {
  readonly temporary: string
  readonly path: string
  readonly times: Times
  readonly parts: Map<number, UploadedPart & { readonly size: number }>
}

type UploadCalls = MultipartUploads & Pick<ServerSideCopies, 'copyPart'>

/**
 * Writing files in parts: all parts go to their place in one temporary file; see {@link MultipartUploads}. Uploads end with the process.
 */
export function uploadCalls(writing: Writing): UploadCalls {
  const uploads = new Map<string, Upload>()
  const find = (operation: string, { uploadId }: UploadRef): Upload => {
    const upload = uploads.get(uploadId)
    if (upload === undefined) throw localFailure(operation, 'NoSuchUpload', 'there is no such upload')
    return upload
  }

  const calls: UploadCalls = {
    async createUpload({ bucket, key, attributes, lastModified, signal }) {
      const operation = 'CreateMultipartUpload'
      const { temporary, path } = await place(writing, operation, bucket, key, signal)
      await local(operation, async () => (await open(temporary, 'wx')).close())
      const uploadId = basename(temporary)
      uploads.set(uploadId, { temporary, path, times: { attributes, lastModified }, parts: new Map() })
      return { uploadId }
    },

    async uploadPart({ number, start, body, size, signal, ...ref }) {
      const operation = 'UploadPart'
      unlessAborted(operation, signal)
      const { temporary, parts } = find(operation, ref)
      return local(operation, async () => {
        const handle = await open(temporary, 'r+')
        try {
          const part = { number, etag: await written(operation, handle, body, size, start, undefined, signal), size }
          parts.set(number, part)
          return { number, etag: part.etag }
        } finally {
          await handle.close()
        }
      })
    },

    async copyPart({ number, from, range, ifMatch, signal, ...ref }) {
      const body = await readPiece(writing.from, 'UploadPartCopy', from, range, ifMatch)
      const size = range.end - range.start
      return calls.uploadPart({ ...ref, number, start: range.start, body, size, signal })
    },

    async completeUpload({ parts, signal, ...ref }) {
      const operation = 'CompleteMultipartUpload'
      unlessAborted(operation, signal)
      const upload = find(operation, ref)
      const digest = createHash('md5')
      for (const { number, etag } of parts) {
        if (upload.parts.get(number)?.etag !== etag) throw localFailure(operation, 'InvalidPart', `part ${number} is another one`)
        digest.update(Buffer.from(etag, 'hex'))
      }
      await local(operation, async () => {
        const handle = await open(upload.temporary, 'r+')
        try {
          await restoreTime(handle, upload.times, writing.keepTimes)
        } finally {
          await handle.close()
        }
        await writing.names.rename(operation, ref.bucket, upload.temporary, upload.path)
      })
      writing.temporaries.forget(upload.temporary)
      uploads.delete(ref.uploadId)
      return { etag: `${digest.digest('hex')}-${parts.length}` }
    },

    // eslint-disable-next-line @typescript-eslint/require-await -- the same signature as stores that must ask a server
    async listParts(ref) {
      return [...find('ListParts', ref).parts.values()].sort((a, b) => a.number - b.number)
    },

    async abortUpload({ uploadId }) {
      const upload = uploads.get(uploadId)
      uploads.delete(uploadId)
      if (upload === undefined) return
      await local('AbortMultipartUpload', () => rm(upload.temporary, { force: true }))
      writing.temporaries.forget(upload.temporary)
    },
  }
  return calls
}
