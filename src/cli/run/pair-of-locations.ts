import { existsSync, realpathSync, statSync, type Stats } from 'node:fs'
import { basename, dirname } from 'node:path'
import { errorCode, errorMessage } from '../../io/files/atomic-files.js'
import { resolveUserPath } from '../../io/files/paths.js'
import { type BucketPair, oneObject, type BucketPrefix } from '../../pipeline/ports/bucket-pair.js'
import type { Location } from '../args/locations.js'
import type { SyncRequest } from '../args/request.js'
import type { OpenSide } from './open-endpoints.js'
import { isOneObject } from './one-object.js'
import { badInput } from './cli-error.js'
import type { ProcessContext } from './process-context.js'

type Local = Extract<Location, { readonly kind: 'local' }>

/** The source's bucket and prefix; `name`: it is one object, with this name. */
interface SourceLocation {
  readonly place: BucketPrefix
  readonly name?: string
}

/**
 * The bucket pair of SOURCE and TARGET. If SOURCE is one object, so is the target: its name is decided here and saved in the run's journal
 * (cli.md, "One object").
 * @throws {CliError} if SOURCE does not exist, or can't be copied
 */
export async function pairOfLocations(
  { source, target, ...how }: SyncRequest,
  side: OpenSide,
  proc: ProcessContext,
): Promise<BucketPair> {
  const from = source.kind === 'local' ? localSource(source, proc) : await remoteSource(placeOf(source), how, side, proc)
  const to = target.kind === 'local' ? localTarget(target, from, proc) : remoteTarget(placeOf(target), from)
  return { source: from.place, target: to }
}

function placeOf({ place }: Location): BucketPrefix {
  if (place === undefined) throw new Error('a location without a bucket and without --buckets')
  return place
}

async function remoteSource(
  place: BucketPrefix,
  how: Pick<SyncRequest, 'retries' | 'retryDelayMs'>,
  side: OpenSide,
  proc: ProcessContext,
): Promise<SourceLocation> {
  if (place.prefix === '' || !place.self || !(await isOneObject(place, how, side, proc))) return { place }
  return { place: oneObject(place.bucket, place.prefix), name: place.prefix.slice(place.prefix.lastIndexOf('/') + 1) }
}

function remoteTarget(place: BucketPrefix, { name }: SourceLocation): BucketPrefix {
  if (name === undefined) return place
  const { bucket, prefix, self } = place
  if (prefix === '') return oneObject(bucket, name)
  return oneObject(bucket, self ? prefix : `${prefix}/${name}`)
}

function localSource(location: Local, proc: ProcessContext): SourceLocation {
  const { path, found } = statPath(location, proc)
  if (found === undefined) throw badInput(`There is no file or directory ${location.typed}`, `Check the path: ${path}`)
  if (found.isDirectory()) return { place: { ...location.place, bucket: path } }
  if (!found.isFile()) throw badInput(`${location.typed} is neither a file nor a directory.`, 'Name one of these.')
  return { place: asFile(realpathSync(path)), name: basename(path) }
}

function localTarget(location: Local, { name }: SourceLocation, proc: ProcessContext): BucketPrefix {
  const { path, found } = statPath(location, proc)
  if (name === undefined) {
    if (found?.isDirectory() === false)
      throw badInput(`${location.typed} is a file, not a directory.`, 'Name the directory that it is in.')
    return { ...location.place, bucket: path }
  }
  if (found?.isDirectory() === true || (found === undefined && location.typed.endsWith('/'))) return oneObject(path, name)
  // A symbolic link is followed: the file that it points to is written.
  return asFile(existsSync(path) ? realpathSync(path) : path)
}

function asFile(path: string): BucketPrefix {
  return oneObject(dirname(path), basename(path))
}

/** The file or directory at a path; undefined if it does not exist. @throws {CliError} if that is unknown */
function statPath({ typed, place }: Local, proc: ProcessContext): { readonly path: string; readonly found: Stats | undefined } {
  const path = resolveUserPath(place.bucket, proc.env, proc.cwd)
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
