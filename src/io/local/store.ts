import type { FileCalls, MultipartUploads, ServerSideCopies } from '../../pipeline/ports/store-facets.js'
import type { OpenStore } from '../open-store.js'
import { directoryCalls } from './directories.js'
import { localFailure } from './failures.js'
import { hides } from './hidden.js'
import { LocalListings } from './listings.js'
import { ExactNames } from './names.js'
import { OwnDirectories } from './own-directories.js'
import { Confines, Temporaries } from './paths.js'
import { isStill, readCalls } from './reading.js'
import { localClock } from './times.js'
import { uploadCalls } from './uploads.js'
import { copyWithin, setTime, writeCalls } from './writing.js'

export interface LocalOptions {
  /** For a source: follow symbolic links. */
  readonly followLinks: boolean
  /** For a target: follow symbolic links in the directory that it copies from. */
  readonly followLinksFrom: boolean
  /** For a target: files get the modification time in the object's metadata, not that of the object. */
  readonly keepTimes: boolean
  /** Directories where this tool stores its own files: they are never listed, read, written or deleted. */
  readonly own: readonly string[]
}

/** A store of directories, with its calls beyond those of every store. */
export interface LocalStore extends OpenStore {
  readonly multipart: MultipartUploads
  readonly serverSideCopies: ServerSideCopies
  readonly files: FileCalls
}

/** Directories as an {@link ObjectStore}: a bucket is a directory, named by its absolute path; a key is the path of a file below it. */
export function openLocalStore({ followLinks, followLinksFrom, keepTimes, own }: LocalOptions): LocalStore {
  const walking = { followLinks, own: new OwnDirectories(own) }
  const confines = new Confines(walking.own)
  const listings = new LocalListings(walking)
  const temporaries = new Temporaries()
  const names = new ExactNames()
  const writing = { from: { confines, names, followLinks: followLinksFrom }, confines, temporaries, names, keepTimes }
  const uploads = uploadCalls(writing)
  const reading = { confines, names, followLinks }
  return {
    endpoint: 'file://',
    clock: localClock,
    traits: { seeks: false, holdsFolders: false },
    listPage: (request) => listings.page(request),
    ...readCalls(reading),
    ...writeCalls(writing),
    ...directoryCalls,
    multipart: uploads,
    serverSideCopies: { copy: (request) => copyWithin(writing, request), copyPart: (request) => uploads.copyPart(request) },
    files: {
      isStill: (request) => isStill(reading, request),
      hides: ({ bucket, key }) => hides(bucket, key, walking),
      setTime: (request) => setTime(writing, request),
      backupsWithin: (bucket) => listings.backupsWithin(bucket),
    },
    listBuckets: () => Promise.reject(localFailure('ListBuckets', 'NotImplemented', 'directories are named one by one')),
    close: () => {
      listings.close()
      temporaries.removeAll()
    },
  }
}
