import { existsSync, realpathSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errorCode, errorMessage } from '../io/state/files.js'
import { resolveUserPath } from '../io/state/paths.js'
import { StoreError } from '../pipeline/errors.js'
import { listPrefix } from '../pipeline/prefix.js'
import type { BucketPair, Place } from '../pipeline/shards.js'
import type { RunOptions, SyncRequest } from '../prompts/arguments/request.js'
import { isDirectory, type Side } from './endpoints.js'
import { badInput, refused, Refusal } from './refusal.js'
import type { Surroundings } from './surroundings.js'

/** The same request with the absolute paths of its directories. @throws {Refusal} when there is no such directory to copy from */
export function located(request: SyncRequest, s: Surroundings): SyncRequest {
  const resolved = (side: 'source' | 'target'): SyncRequest['source'] => {
    const location = request[side]
    if (location.kind !== 'local') return location
    const bucket = resolveUserPath(location.place.bucket, s.env, s.cwd)
    const found = look(location.typed, bucket)
    if (found === undefined && side === 'source')
      throw badInput(`There is no directory ${location.typed}`, `Check the path: ${bucket}`)
    if (found?.isDirectory() === false)
      throw badInput(`${location.typed} is a file, not a directory.`, 'Name the directory that it is in.')
    return { ...location, place: { ...location.place, bucket } }
  }
  return { ...request, source: resolved('source'), target: resolved('target') }
}

/** What stands at a path. @throws {Refusal} when that can't be told */
function look(typed: string, path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw badInput(`${typed} can't be used: ${UNUSABLE[errorCode(error)] ?? errorMessage(error)}.`, `Check the path: ${path}`)
  }
}

const UNUSABLE: Readonly<Record<string, string>> = {
  EACCES: 'this user may not look into a directory above it',
  ELOOP: 'symbolic links on its path lead in a circle',
  ENAMETOOLONG: 'a name on its path is too long for this machine',
  ENOTDIR: 'a part of its path is a file, not a directory',
}

/** The pairs of buckets a request is about; `all` asks the source for its buckets. */
export async function pairsOf(request: SyncRequest, source: Side, signal: AbortSignal): Promise<readonly BucketPair[]> {
  const { buckets } = request
  if (buckets === undefined) {
    const [from, to] = [request.source.place, request.target.place]
    if (from === undefined || to === undefined) throw new Error('locations without buckets and without --buckets')
    return [{ source: from, target: to }]
  }
  if (buckets !== 'all') return buckets.map((pair) => ({ source: whole(pair.source), target: whole(pair.target) }))
  const names = await listed(source, signal)
  if (names.length > 0) return names.map((name) => ({ source: whole(name), target: whole(name) }))
  throw new Refusal(
    3,
    'NoBuckets',
    `There is no bucket at ${request.source.typed}`,
    'Check that it is the right connection and login.',
  )
}

async function listed({ store, context }: Side, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return await store.listBuckets({ signal })
  } catch (error) {
    if (!(error instanceof StoreError) || signal.aborted) throw error
    const { failure } = error
    if (failure.code !== 'AccessDenied') throw refused(failure, context)
    throw new Refusal(
      3,
      failure.code,
      'This login may not list the source’s buckets.',
      'Name them: --buckets a,b (or allow s3:ListAllMyBuckets).',
    )
  }
}

/** A whole bucket. */
export function whole(bucket: string): Place {
  return { bucket, prefix: '', self: false }
}

/**
 * Refuses pairs whose target lies within their source, or the reverse: a listing would meet its own copies. Two names of one server can't be
 * seen through.
 */
export function refuseOverlap(pairs: readonly BucketPair[], source: Side, target: Side): void {
  if (source.store.endpoint !== target.store.endpoint) return
  const overlapping = pairs.find(isDirectory(source) ? nestedDirectories : nested)
  if (overlapping === undefined) return
  throw badInput(
    `Source and target overlap in the ${isDirectory(source) ? 'directory' : 'bucket'} "${overlapping.source.bucket}".`,
    'Copy to another place, or to a prefix that is not within the source’s.',
  )
}

/** Refuses backups that would take the whole target in: nothing of it would be left to compare. */
export function refuseBackupsAbove(pairs: readonly BucketPair[], { backupPrefix }: Pick<RunOptions, 'backupPrefix'>): void {
  if (backupPrefix === undefined) return
  if (pairs.some(({ target }) => `${target.prefix}/`.startsWith(`${backupPrefix}/`)))
    throw badInput('The target lies within --backup-prefix: all of it would be left alone.', 'Choose another prefix.')
}

/** Followed to their ends: a symbolic link may lead from one into the other. */
function nestedDirectories({ source, target }: BucketPair): boolean {
  const [one, other] = [`${realPath(source.bucket)}/`, `${realPath(target.bucket)}/`]
  return one.startsWith(other) || other.startsWith(one)
}

/** Of what is not there yet, where it is going to be. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path))
}

function nested({ source, target }: BucketPair): boolean {
  if (source.bucket !== target.bucket) return false
  const [one, other] = [listPrefix(source), listPrefix(target)]
  return one.startsWith(other) || other.startsWith(one)
}
