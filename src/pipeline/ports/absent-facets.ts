import { StoreError } from './failure.js'
import type { ObjectStore } from './object-store.js'
import type { MetadataCalls, ObjectVersions } from './store-facets.js'

/** The version calls of a store; for a store without versions, calls that answer accordingly. */
export function versionsOf({ versions }: ObjectStore): ObjectVersions {
  return versions ?? NO_VERSIONS
}

/** The metadata calls of a store; for a store without metadata, calls that answer accordingly. */
export function metadataOf({ metadata }: ObjectStore): MetadataCalls {
  return metadata ?? NO_METADATA
}

const refused = (operation: string) => (): Promise<never> =>
  Promise.reject(
    new StoreError({
      ...{ kind: 'permanent', operation, code: 'NotImplemented', reason: 'not-implemented' },
      message: 'a file has no such thing',
    }),
  )

const NO_VERSIONS: ObjectVersions = {
  listVersions: refused('ListObjectVersions'),
  putMarker: refused('DeleteObject'),
  versioning: () => Promise.resolve('none'),
  keepVersions: refused('PutBucketVersioning'),
}

const NO_METADATA: MetadataCalls = {
  tags: () => Promise.resolve({}),
  putTags: refused('PutObjectTagging'),
  acl: refused('GetObjectAcl'),
  lock: refused('PutObjectRetention'),
  bucketRules: () => Promise.resolve({ locks: false, website: false }),
}
