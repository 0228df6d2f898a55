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
import type { OpenUpload } from './created-resources.js'

type AboutBucket = Cancellable & { readonly bucket: string }
type Below = AboutBucket & { readonly prefix: string }

/** A version of an object, or a mark that it was deleted. */
export interface Version {
  readonly key: string
  readonly id: string
}

/** Calls that nothing but the doctor makes, through the SDK. They fail with a `StoreError`. */
export interface DoctorCalls {
  /** As the server names it; empty for us-east-1. */
  location(request: AboutBucket): Promise<string>
  /** `Enabled`, `Suspended`, or undefined where it was never switched on. */
  versioning(request: AboutBucket): Promise<string | undefined>
  enableVersioning(request: AboutBucket): Promise<void>
  /** Whether objects of the bucket can be locked; undefined where the answer does not say. */
  objectLock(request: AboutBucket): Promise<boolean | undefined>
  /** Grants as `READ everyone`: the permission, and to whom. */
  grants(request: Cancellable & ObjectRef): Promise<readonly { readonly permission: string; readonly to: string }[]>
  /** The first page of what is there; to be asked again when it is gone. Delete markers are versions. */
  versions(request: Below): Promise<readonly Version[]>
  /** The first page of open uploads. */
  uploads(request: Below): Promise<readonly OpenUpload[]>
  /** For good with a version's `id`. */
  deleteObject(request: Cancellable & ObjectRef & { readonly id?: string }): Promise<void>
  deleteBucket(request: AboutBucket): Promise<void>
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

/** The encoding is that of HTML forms (S3 API reference, "EncodingType"); the SDK leaves it as it is. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return key
  }
}
