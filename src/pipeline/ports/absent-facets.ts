import { StoreError } from './failure.js'
import type { ObjectStore } from './object-store.js'
import type { MetadataCalls, ObjectVersions } from './store-facets.js'

/** A store's versions; of one that keeps none, what its answers would be. */
export function versionsOf({ versions }: ObjectStore): ObjectVersions {
  return versions ?? NO_VERSIONS
}

/** A store's metadata calls; of one whose objects have no metadata, what its answers would be. */
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
  acl: refused('GetObjectAcl'),
  lock: refused('PutObjectRetention'),
  bucketRules: () => Promise.resolve({ locks: false, website: false }),
}
