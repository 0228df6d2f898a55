import {
  AbortMultipartUploadCommand,
  GetObjectAclCommand,
  ListBucketsCommand,
  ListPartsCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3'
import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Cancellable } from '../../../pipeline/ports/objects.js'
import { PageProgress } from '../../../pipeline/ports/page-progress.js'
import type { MetadataCalls, MultipartUploads, UploadedPart } from '../../../pipeline/ports/store-facets.js'
import { aclOf } from './acls.js'
import { plainEtag } from './etag.js'
import { ownFailure } from '../answers/failure-kinds.js'
import type { Requests } from '../http/s3-client.js'
import { openSdk } from '../http/sdk-bridge.js'

/** Rare calls go through the SDK: its overhead does not matter there. The first call loads it. */
export type Rare = () => Promise<RareCalls>

export interface RareCalls
  extends Pick<MultipartUploads, 'listParts' | 'abortUpload'>, Pick<MetadataCalls, 'putTags' | 'acl' | 'lock'> {
  /** All buckets that the access key may list, in the server's order. */
  listBuckets(request: Cancellable): Promise<readonly string[]>
}

export function rareCalls(requests: Requests): RareCalls {
  const ask = openSdk(requests)
  return {
    async abortUpload({ bucket, key, uploadId, signal }) {
      const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId })
      try {
        await ask((client, options) => client.send(command, options), { operation: 'AbortMultipartUpload', signal })
      } catch (error) {
        if (!(error instanceof StoreError) || error.failure.code !== 'NoSuchUpload') throw error
      }
    },

    async listParts({ bucket, key, uploadId, signal }) {
      const parts: (UploadedPart & { readonly size: number })[] = []
      const progress = new PageProgress('ListParts')
      let marker: string | undefined
      do {
        const command = new ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId, PartNumberMarker: marker })
        const answer = await ask((client, options) => client.send(command, options), { operation: 'ListParts', signal })
        for (const { PartNumber: number, ETag: tag, Size: size } of answer.Parts ?? []) {
          // A part with missing fields is ignored, and uploaded again.
          if (number !== undefined && tag !== undefined && size !== undefined) parts.push({ number, etag: plainEtag(tag), size })
        }
        const next = answer.IsTruncated === true ? answer.NextPartNumberMarker : undefined
        marker = next === marker ? undefined : next
        progress.check({ entries: answer.Parts ?? [], next: marker })
      } while (marker !== undefined)
      return parts
    },

    async putTags({ bucket, key, versionId, tags, signal }) {
      const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
      const command = new PutObjectTaggingCommand({ Bucket: bucket, Key: key, VersionId: versionId, Tagging: { TagSet } })
      await ask((client, options) => client.send(command, options), { operation: 'PutObjectTagging', signal })
    },

    async acl({ bucket, key, versionId, signal }) {
      const command = new GetObjectAclCommand({ Bucket: bucket, Key: key, VersionId: versionId })
      const answer = await ask((client, options) => client.send(command, options), { operation: 'GetObjectAcl', signal })
      return aclOf(answer.Owner?.ID, answer.Grants ?? [])
    },

    async lock({ bucket, key, versionId, retention, legalHold, signal }) {
      const object = { Bucket: bucket, Key: key, VersionId: versionId }
      if (retention !== undefined) {
        const Retention = { Mode: retention.mode, RetainUntilDate: new Date(retention.until) }
        const command = new PutObjectRetentionCommand({ ...object, Retention })
        await ask((client, options) => client.send(command, options), { operation: 'PutObjectRetention', signal })
      }
      if (legalHold === true) {
        const command = new PutObjectLegalHoldCommand({ ...object, LegalHold: { Status: 'ON' } })
        await ask((client, options) => client.send(command, options), { operation: 'PutObjectLegalHold', signal })
      }
    },

    async listBuckets({ signal }) {
      const names: string[] = []
      const progress = new PageProgress('ListBuckets')
      let token: string | undefined
      do {
        const command = new ListBucketsCommand({ ContinuationToken: token })
        const answer = await ask((client, options) => client.send(command, options), { operation: 'ListBuckets', signal })
        // The SDK parses an HTML page as an answer without Buckets; an answer without buckets still has the element.
        if (answer.Buckets === undefined) throw malformed('something that is no list of buckets')
        names.push(...answer.Buckets.flatMap(({ Name }) => Name ?? []))
        token = answer.ContinuationToken === '' ? undefined : answer.ContinuationToken
        progress.check({ entries: answer.Buckets, next: token })
      } while (token !== undefined)
      return names
    },
  }
}

function malformed(what: string): StoreError {
  return new StoreError(ownFailure('ListBuckets', 'MalformedListing', `the server answered with ${what}`, 'permanent'))
}
