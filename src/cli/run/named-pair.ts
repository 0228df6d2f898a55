import { existsSync, realpathSync, statSync, type Stats } from 'node:fs'
import { basename, dirname } from 'node:path'
import { errorCode, errorMessage } from '../../io/files/atomic-files.js'
import { resolveUserPath } from '../../io/files/paths.js'
import { type BucketPair, oneObject, type BucketPrefix } from '../../pipeline/ports/bucket-pair.js'
import type { Location } from '../args/locations.js'
import type { SyncRequest } from '../args/request.js'
import type { Side } from './open-endpoints.js'
import { isOneObject } from './one-object.js'
import { badInput } from './cli-error.js'
import type { Surroundings } from './process-context.js'

type Local = Extract<Location, { readonly kind: 'local' }>

/** Where objects come from; `name`: it is one object, and what that is called. */
interface From {
  readonly place: BucketPrefix
  readonly name?: string
}

/**
 * The places that SOURCE and TARGET name. Where SOURCE is one object, so is the target: what it will be called is decided here, once, and kept
 * in the run's journal (cli.md, "One object").
 * @throws {Refusal} where there is nothing of that name, or something that can't be copied
 */
export async function namedPair({ source, target, ...how }: SyncRequest, side: Side, s: Surroundings): Promise<BucketPair> {
  const from = source.kind === 'local' ? localSource(source, s) : await remoteSource(placeOf(source), how, side, s)
  const to = target.kind === 'local' ? localTarget(target, from, s) : remoteTarget(placeOf(target), from)
  return { source: from.place, target: to }
}

function placeOf({ place }: Location): BucketPrefix {
  if (place === undefined) throw new Error('a location without a bucket and without --buckets')
  return place
}

async function remoteSource(
  place: BucketPrefix,
  how: Pick<SyncRequest, 'retries' | 'retryDelayMs'>,
  side: Side,
  s: Surroundings,
): Promise<From> {
  if (place.prefix === '' || !place.self || !(await isOneObject(place, how, side, s))) return { place }
  return { place: oneObject(place.bucket, place.prefix), name: place.prefix.slice(place.prefix.lastIndexOf('/') + 1) }
}

function remoteTarget(place: BucketPrefix, { name }: From): BucketPrefix {
  if (name === undefined) return place
  const { bucket, prefix, self } = place
  if (prefix === '') return oneObject(bucket, name)
  return oneObject(bucket, self ? prefix : `${prefix}/${name}`)
}

function localSource(location: Local, s: Surroundings): From {
  const { path, found } = lookedAt(location, s)
  if (found === undefined) throw badInput(`There is no file or directory ${location.typed}`, `Check the path: ${path}`)
  if (found.isDirectory()) return { place: { ...location.place, bucket: path } }
  if (!found.isFile()) throw badInput(`${location.typed} is neither a file nor a directory.`, 'Name one of these.')
  return { place: asFile(realpathSync(path)), name: basename(path) }
}

function localTarget(location: Local, { name }: From, s: Surroundings): BucketPrefix {
  const { path, found } = lookedAt(location, s)
  if (name === undefined) {
    if (found?.isDirectory() === false)
      throw badInput(`${location.typed} is a file, not a directory.`, 'Name the directory that it is in.')
    return { ...location.place, bucket: path }
  }
  if (found?.isDirectory() === true || (found === undefined && location.typed.endsWith('/'))) return oneObject(path, name)
  // What a link leads to is written, as its name says; a new file gets the name that was typed.
  return asFile(existsSync(path) ? realpathSync(path) : path)
}

function asFile(path: string): BucketPrefix {
  return oneObject(dirname(path), basename(path))
}

/** What is at a path; undefined where nothing is. @throws {Refusal} when that cannot be read */
function lookedAt({ typed, place }: Local, s: Surroundings): { readonly path: string; readonly found: Stats | undefined } {
  const path = resolveUserPath(place.bucket, s.env, s.cwd)
  let found: Stats | undefined
  try {
    found = statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw badInput(`${typed} can't be used: ${UNUSABLE[errorCode(error)] ?? errorMessage(error)}.`, `Check the path: ${path}`)
  }
  if (found?.isDirectory() === false && typed.endsWith('/'))
    throw badInput(`${typed} is a file, not a directory.`, 'Leave out the "/" at its end.')
  return { path, found }
}

const UNUSABLE: Readonly<Record<string, string>> = {
  EACCES: 'this user may not look into a directory above it',
  ELOOP: 'symbolic links on its path lead in a circle',
  ENAMETOOLONG: 'a name on its path is too long for this machine',
  ENOTDIR: 'a part of its path is a file, not a directory',
}
