import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nameMeant, namingProblem } from '../../io/connections/bucket-names.js'
import { isAws } from '../../io/s3/http/endpoint-address.js'
import { StoreError } from '../../pipeline/ports/failure.js'
import { listPrefix } from '../../pipeline/ports/relative-key.js'
import type { BucketPair, BucketPrefix } from '../../pipeline/ports/bucket-pair.js'
import type { RunOptions, SyncRequest } from '../args/request.js'
import { isDirectory, type Side } from './open-endpoints.js'
import { namedPair } from './named-pair.js'
import { look } from './preflight.js'
import { badInput, refused, Refusal } from './cli-error.js'
import type { Surroundings } from './process-context.js'

/** The pairs of buckets a request is about; `all` asks the source for its buckets. */
export async function pairsOf(request: SyncRequest, source: Side, s: Surroundings): Promise<readonly BucketPair[]> {
  const { buckets } = request
  if (buckets === undefined) return [await namedPair(request, source, s)]
  if (buckets !== 'all') return buckets.map((pair) => ({ source: whole(pair.source), target: whole(pair.target) }))
  const names = await listed(source, s.interrupted)
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
export function whole(bucket: string): BucketPrefix {
  return { bucket, prefix: '', self: false }
}

/**
 * Refuses pairs whose target lies within their source, or the reverse: a listing would meet its own copies. Two names of one server can't be
 * seen through.
 */
export function refuseOverlap(pairs: readonly BucketPair[], source: Side, target: Side): void {
  if (source.store.endpoint !== target.store.endpoint) return
  const isLocal = isDirectory(source)
  const same = pairs.find((pair) => pair.source.only && isSameObject(pair, isLocal))
  if (same !== undefined)
    throw badInput(
      `Source and target are the same ${isLocal ? 'file' : 'object'}, "${same.source.prefix}".`,
      'Choose another target.',
    )
  const overlapping = pairs.find((pair) => !pair.source.only && (isLocal ? nestedDirectories(pair) : nested(pair)))
  if (overlapping === undefined) return
  throw badInput(
    `Source and target overlap in the ${isLocal ? 'directory' : 'bucket'} "${overlapping.source.bucket}".`,
    'Copy to another bucket, or to a prefix outside the source.',
  )
}

function isSameObject({ source, target }: BucketPair, isLocal: boolean): boolean {
  if (isLocal) return realPath(join(source.bucket, source.prefix)) === realPath(join(target.bucket, target.prefix))
  return source.bucket === target.bucket && source.prefix === target.prefix
}

/** Refuses target buckets that would have to be made on AWS under names that it does not take. */
export async function refuseNames(pairs: readonly BucketPair[], target: Side, signal: AbortSignal): Promise<void> {
  if (!isAws(target.store.endpoint)) return
  for (const bucket of new Set(pairs.map((pair) => pair.target.bucket))) {
    const why = namingProblem(bucket)
    // Old buckets have names that would not be taken any more.
    if (why === undefined || (await look(target, bucket, signal)) === 'exists') continue
    const meant = nameMeant(bucket)
    throw badInput(why, meant === undefined ? 'Choose another name at the target.' : `Did you mean ${meant}?`)
  }
}

/** Refuses backups that would take the whole target in: nothing of it would be left to compare. */
export function refuseBackupsAbove(pairs: readonly BucketPair[], { backupPrefix }: Pick<RunOptions, 'backupPrefix'>): void {
  if (backupPrefix === undefined) return
  if (pairs.some(({ target }) => `${target.prefix}/`.startsWith(`${backupPrefix}/`)))
    throw badInput('The target lies within --backup-prefix: none of it would be copied to.', 'Choose another prefix.')
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
