import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import { type Oracle, uniqueBucket } from './servers.js'

/** A version of an object, according to the plain SDK; a delete marker has no body. */
export interface SeenVersion {
  readonly key: string
  /** SHA-256 of the bytes; absent for a delete marker. */
  readonly sha256?: string
  readonly contentType?: string | undefined
  readonly metadata?: Readonly<Record<string, string>>
  readonly tags?: readonly string[]
}

/** Creates a bucket that keeps versions. */
export async function versionedBucket(oracle: Oracle, bucket = uniqueBucket('kept')): Promise<string> {
  await oracle.createBucket(bucket)
  await setVersioning(oracle, bucket, 'Enabled')
  return bucket
}

export async function setVersioning(oracle: Oracle, bucket: string, Status: 'Enabled' | 'Suspended'): Promise<void> {
  await oracle.client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }))
}

/** Deletes an object so that a delete marker remains. */
export async function mark(oracle: Oracle, bucket: string, key: string): Promise<void> {
  await oracle.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
}

/**
 * The ids of all versions, key by key, oldest first for each key. One version a page, because the SDK returns versions and markers
 * separately.
 */
export async function versionIds(
  oracle: Oracle,
  bucket: string,
): Promise<readonly { key: string; id: string; isMarker: boolean }[]> {
  const newestFirst: { key: string; id: string; isMarker: boolean }[] = []
  let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {}
  while (markers !== undefined) {
    const command: ListObjectVersionsCommand = new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1, ...markers })
    const page = await oracle.client.send(command)
    for (const [isMarker, all] of [[false, page.Versions ?? []] as const, [true, page.DeleteMarkers ?? []] as const])
      newestFirst.push(...all.map(({ Key = '', VersionId = '' }) => ({ key: Key, id: VersionId, isMarker })))
    markers = page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined
  }
  const keys = [...new Set(newestFirst.map(({ key }) => key))]
  return keys.flatMap((key) => newestFirst.filter((one) => one.key === key).reverse())
}

/** All versions of a bucket, key by key, oldest first for each key. */
export async function histories(oracle: Oracle, bucket: string): Promise<readonly SeenVersion[]> {
  const seen: SeenVersion[] = []
  for (const { key, id, isMarker } of await versionIds(oracle, bucket)) {
    if (isMarker) {
      seen.push({ key })
      continue
    }
    const version = { Bucket: bucket, Key: key, VersionId: id }
    const { Body, ContentType, Metadata = {} } = await oracle.client.send(new GetObjectCommand(version))
    const { TagSet = [] } = await oracle.client.send(new GetObjectTaggingCommand(version))
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const tags = TagSet.map(({ Key, Value }) => `${Key ?? ''}=${Value ?? ''}`).sort()
    seen.push({ key, sha256, contentType: ContentType, metadata: Metadata, tags })
  }
  return seen
}
