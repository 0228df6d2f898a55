import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectAclCommand,
  GetObjectLockConfigurationCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3'
import type { Cancellable, ObjectRef } from '../pipeline/ports/objects.js'
import type { Requests } from '../io/s3/http/s3-client.js'
import { openSdk } from '../io/s3/http/sdk-bridge.js'
import type { UnfinishedUpload } from './request-log.js'

type BucketRequest = Cancellable & { readonly bucket: string }
type PrefixRequest = BucketRequest & { readonly prefix: string }

/** A version of an object, or a delete marker. */
export interface ListedVersion {
  readonly key: string
  readonly id: string
}

/** Calls that only the doctor makes, through the SDK. They throw a `StoreError`. */
export interface DoctorCalls {
  /** As the server names it; empty for us-east-1. */
  location(request: BucketRequest): Promise<string>
  /** `Enabled`, `Suspended`, or undefined if it was never enabled. */
  versioning(request: BucketRequest): Promise<string | undefined>
  enableVersioning(request: BucketRequest): Promise<void>
  /** Whether objects of the bucket can be locked; undefined if the answer does not show it. */
  objectLock(request: BucketRequest): Promise<boolean | undefined>
  /** Grants as `READ everyone`: the permission, and to whom. */
  grants(request: Cancellable & ObjectRef): Promise<readonly { readonly permission: string; readonly to: string }[]>
  /** The first page of versions and delete markers. */
  versions(request: PrefixRequest): Promise<readonly ListedVersion[]>
  /** The first page of unfinished uploads. */
  uploads(request: PrefixRequest): Promise<readonly UnfinishedUpload[]>
  /** With a version's `id`, deletes that version permanently. */
  deleteObject(request: Cancellable & ObjectRef & { readonly id?: string }): Promise<void>
  deleteBucket(request: BucketRequest): Promise<void>
}

export function doctorCalls(requests: Requests): DoctorCalls {
  const ask = openSdk(requests)
  return {
    async location({ bucket, signal }) {
      const command = new GetBucketLocationCommand({ Bucket: bucket })
      const answer = await ask((client, options) => client.send(command, options), { operation: 'GetBucketLocation', signal })
      return answer.LocationConstraint ?? ''
    },

    async versioning({ bucket, signal }) {
      const command = new GetBucketVersioningCommand({ Bucket: bucket })
      const answer = await ask((client, options) => client.send(command, options), { operation: 'GetBucketVersioning', signal })
      return answer.Status
    },

    async enableVersioning({ bucket, signal }) {
      const command = new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } })
      await ask((client, options) => client.send(command, options), { operation: 'PutBucketVersioning', signal })
    },

    async objectLock({ bucket, signal }) {
      const command = new GetObjectLockConfigurationCommand({ Bucket: bucket })
      const about = { operation: 'GetObjectLockConfiguration', signal }
      const answer = await ask((client, options) => client.send(command, options), about)
      const { ObjectLockConfiguration: configuration } = answer
      return configuration === undefined ? undefined : configuration.ObjectLockEnabled === 'Enabled'
    },

    async grants({ bucket, key, signal }) {
      const command = new GetObjectAclCommand({ Bucket: bucket, Key: key })
      const answer = await ask((client, options) => client.send(command, options), { operation: 'GetObjectAcl', signal })
      return (answer.Grants ?? []).map(({ Permission = '', Grantee }) => ({ permission: Permission, to: Grantee?.URI ?? '' }))
    },

    async versions({ bucket, prefix, signal }) {
      const command = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, EncodingType: 'url' })
      const answer = await ask((client, options) => client.send(command, options), { operation: 'ListObjectVersions', signal })
      const decode = answer.EncodingType === 'url' ? decoded : (key: string) => key
      const all = [...(answer.Versions ?? []), ...(answer.DeleteMarkers ?? [])]
      return all.map(({ Key = '', VersionId = 'null' }) => ({ key: decode(Key), id: VersionId }))
    },

    async uploads({ bucket, prefix, signal }) {
      const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, EncodingType: 'url' })
      const answer = await ask((client, options) => client.send(command, options), { operation: 'ListMultipartUploads', signal })
      const decode = answer.EncodingType === 'url' ? decoded : (key: string) => key
      const all = answer.Uploads ?? []
      return all.map(({ Key = '', UploadId = '' }) => ({ bucket, key: decode(Key), uploadId: UploadId }))
    },

    async deleteObject({ bucket, key, id, signal }) {
      const command = new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: id })
      await ask((client, options) => client.send(command, options), { operation: 'DeleteObject', signal })
    },

    async deleteBucket({ bucket, signal }) {
      const command = new DeleteBucketCommand({ Bucket: bucket })
      await ask((client, options) => client.send(command, options), { operation: 'DeleteBucket', signal })
    },
  }
}

/** Keys are encoded as in HTML forms (S3 API reference, "EncodingType"); the SDK does not decode them. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return key
  }
}
