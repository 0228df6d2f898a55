import type { ObjectStore } from './object-store.js'
import type { Cancellable } from './objects.js'

/** Wraps each call of a store. */
export type Around = <R extends Cancellable, A>(call: (request: R) => Promise<A>) => (request: R) => Promise<A>

/** The same store with each call wrapped. */
export function delegate(store: ObjectStore, around: Around): ObjectStore {
  const { multipart, serverSideCopies, versions, metadata, files } = store
  return {
    traits: store.traits,
    clock: () => store.clock(),
    listPage: around((request) => store.listPage(request)),
    head: around((request) => store.head(request)),
    get: around((request) => store.get(request)),
    put: around((request) => store.put(request)),
    deleteObjects: around((request) => store.deleteObjects(request)),
    headBucket: around((request) => store.headBucket(request)),
    createBucket: around((request) => store.createBucket(request)),
    multipart: multipart && {
      createUpload: around((request) => multipart.createUpload(request)),
      uploadPart: around((request) => multipart.uploadPart(request)),
      completeUpload: around((request) => multipart.completeUpload(request)),
      listParts: around((request) => multipart.listParts(request)),
      abortUpload: around((request) => multipart.abortUpload(request)),
    },
    serverSideCopies: serverSideCopies && {
      copy: around((request) => serverSideCopies.copy(request)),
      copyPart: around((request) => serverSideCopies.copyPart(request)),
    },
    versions: versions && {
      listVersions: around((request) => versions.listVersions(request)),
      putMarker: around((request) => versions.putMarker(request)),
      versioning: around((request) => versions.versioning(request)),
      keepVersions: around((request) => versions.keepVersions(request)),
    },
    metadata: metadata && {
      tags: around((request) => metadata.tags(request)),
      putTags: around((request) => metadata.putTags(request)),
      acl: around((request) => metadata.acl(request)),
      lock: around((request) => metadata.lock(request)),
      bucketRules: around((request) => metadata.bucketRules(request)),
    },
    files: files && {
      isStill: around((request) => files.isStill(request)),
      hides: around((request) => files.hides(request)),
      setTime: around((request) => files.setTime(request)),
      backupsWithin: (bucket) => files.backupsWithin(bucket),
    },
  }
}
