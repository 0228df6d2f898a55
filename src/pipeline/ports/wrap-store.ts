import type { Cancellable, ObjectStore } from './object-store.js'

/** What is done around each call of a store. */
export type Around = <R extends Cancellable, A>(call: (request: R) => Promise<A>) => (request: R) => Promise<A>

/** The same store with something around each of its calls. */
export function delegate(store: ObjectStore, around: Around): ObjectStore {
  return {
    traits: store.traits,
    clock: () => store.clock(),
    ...(store.setTime === undefined ? {} : { setTime: around(store.setTime) }),
    ...(store.hides === undefined ? {} : { hides: around(store.hides) }),
    ...(store.isStill === undefined ? {} : { isStill: around(store.isStill) }),
    ...(store.backupsWithin === undefined ? {} : { backupsWithin: store.backupsWithin }),
    listPage: around((request) => store.listPage(request)),
    listVersions: around((request) => store.listVersions(request)),
    head: around((request) => store.head(request)),
    get: around((request) => store.get(request)),
    put: around((request) => store.put(request)),
    copy: around((request) => store.copy(request)),
    tags: around((request) => store.tags(request)),
    acl: around((request) => store.acl(request)),
    lock: around((request) => store.lock(request)),
    createUpload: around((request) => store.createUpload(request)),
    uploadPart: around((request) => store.uploadPart(request)),
    copyPart: around((request) => store.copyPart(request)),
    completeUpload: around((request) => store.completeUpload(request)),
    listParts: around((request) => store.listParts(request)),
    abortUpload: around((request) => store.abortUpload(request)),
    deleteObjects: around((request) => store.deleteObjects(request)),
    putMarker: around((request) => store.putMarker(request)),
    headBucket: around((request) => store.headBucket(request)),
    createBucket: around((request) => store.createBucket(request)),
    versioning: around((request) => store.versioning(request)),
    keepVersions: around((request) => store.keepVersions(request)),
    bucketRules: around((request) => store.bucketRules(request)),
  }
}
