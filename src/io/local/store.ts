import type { OpenStore } from '../open-store.js'
import { directoryCalls } from './directories.js'
import { localFailure } from './failures.js'
import { hides } from './hidden.js'
import { LocalListings } from './listings.js'
import { ExactNames } from './names.js'
import { OwnDirectories } from './own-directories.js'
import { Confines, Temporaries } from './paths.js'
import { readCalls } from './reading.js'
import { localClock } from './times.js'
import { uploadCalls } from './uploads.js'
import { setTime, writeCalls } from './writing.js'

export interface LocalOptions {
  /** Of a source: symbolic links are what they lead to. */
  readonly followLinks: boolean
  /** Of a target: and so they are in the directory that it copies from. */
  readonly followLinksFrom: boolean
  /** Of a target: files get the modification time in an object's metadata rather than that of the object. */
  readonly keepTimes: boolean
  /** Directories in which this tool keeps its own things: they are never listed, read, written or deleted. */
  readonly own: readonly string[]
}

/** Directories as an {@link ObjectStore}: a bucket is a directory, called by its absolute path; a key is the path of a file below it. */
export function openLocalStore({ followLinks, followLinksFrom, keepTimes, own }: LocalOptions): OpenStore {
  const walking = { followLinks, own: new OwnDirectories(own) }
  const confines = new Confines(walking.own)
  const listings = new LocalListings(walking)
  const temporaries = new Temporaries()
  const names = new ExactNames()
  const writing = { from: { confines, names, followLinks: followLinksFrom }, confines, temporaries, names, keepTimes }
  return {
    endpoint: 'file://',
    clock: localClock,
    traits: { seeks: false, holdsFolders: false, holdsProperties: false },
    listPage: (request) => listings.page(request),
    backupsWithin: (bucket) => listings.backupsWithin(bucket),
    hides: ({ bucket, key }) => hides(bucket, key, walking),
    ...readCalls({ confines, names, followLinks }),
    ...writeCalls(writing),
    ...uploadCalls(writing),
    ...directoryCalls,
    setTime: (request) => setTime(writing, request),
    tags: () => Promise.resolve({}),
    acl: () => Promise.reject(unknownHere('GetObjectAcl')),
    lock: () => Promise.reject(unknownHere('PutObjectRetention')),
    listVersions: () => Promise.reject(unknownHere('ListObjectVersions')),
    putMarker: () => Promise.reject(unknownHere('DeleteObject')),
    versioning: () => Promise.resolve('none'),
    keepVersions: () => Promise.reject(unknownHere('PutBucketVersioning')),
    bucketRules: () => Promise.resolve({ locks: false, website: false }),
    listBuckets: () => Promise.reject(localFailure('ListBuckets', 'NotImplemented', 'directories are named one by one')),
    close: () => {
      listings.close()
      temporaries.removeAll()
    },
  }
}

function unknownHere(operation: string) {
  return localFailure(operation, 'NotImplemented', 'a file has no such thing')
}
