import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { StoreError } from '../../pipeline/errors.js'
import type { ObjectStore } from '../../pipeline/ports.js'
import { inputOf } from './attributes.js'
import type { Calls } from './calls.js'
import { writtenEtag } from './etag.js'
import { EXPIRES_AS_TEXT, expiresAsText } from './expires.js'
import { ownFailure } from './failures.js'
import type { KeyCheck } from './key-check.js'
import { sendBody } from './send-body.js'

/** "Processing of a CompleteMultipartUpload request could take several minutes to complete" (Amazon S3 API reference): so many times a usual answer's time. */
const PATIENCE = 10

type UploadCalls = Pick<ObjectStore, 'createUpload' | 'uploadPart' | 'completeUpload' | 'abortUpload'>

/** Writing objects in parts; see {@link ObjectStore}. */
export function uploadCalls(calls: Calls, checkKey: KeyCheck): UploadCalls {
  return {
    async createUpload({ bucket, key, attributes, signal }) {
      const command = new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ...inputOf(attributes) })
      if (attributes.expires !== undefined) command.middlewareStack.add(expiresAsText(attributes.expires), EXPIRES_AS_TEXT)
      const { UploadId } = await calls.ask('CreateMultipartUpload', bucket, signal, (client, options) =>
        client.send(command, options),
      )
      if (UploadId !== undefined) return { uploadId: UploadId }
      throw new StoreError(
        ownFailure('CreateMultipartUpload', 'NoUploadId', 'the server answered without an upload id', 'transient'),
      )
    },

    async uploadPart({ bucket, key, uploadId, number, body, size, signal }) {
      const etag = await sendBody('UploadPart', calls, { bucket, body, size, signal }, (client, payload, options) => {
        const part = { Bucket: bucket, Key: key, UploadId: uploadId, PartNumber: number, Body: payload, ContentLength: size }
        return client.send(new UploadPartCommand(part), options)
      })
      return { number, etag }
    },

    async completeUpload({ bucket, key, uploadId, parts, signal }) {
      const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: `"${etag}"` }))
      const command = new CompleteMultipartUploadCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        MultipartUpload: { Parts },
      })
      const waitMs = PATIENCE * calls.timeouts.firstByteMs
      const answer = await calls.ask(
        'CompleteMultipartUpload',
        bucket,
        signal,
        (client, options) => client.send(command, options),
        waitMs,
      )
      const etag = writtenEtag('CompleteMultipartUpload', answer.ETag)
      await checkKey({ bucket, key, signal })
      return { etag }
    },

    async abortUpload({ bucket, key, uploadId, signal }) {
      const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId })
      try {
        await calls.ask('AbortMultipartUpload', bucket, signal, (client, options) => client.send(command, options))
      } catch (error) {
        if (!(error instanceof StoreError) || error.failure.code !== 'NoSuchUpload') throw error
      }
    },
  }
}
