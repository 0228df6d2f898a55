import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nameMeant, namingProblem } from '../../io/connections/bucket-names.js'
import { isAws } from '../../io/s3/http/endpoint-address.js'
import { StoreError } from '../../pipeline/ports/failure.js'
import { listPrefix } from '../../pipeline/ports/relative-key.js'
import type { BucketPair, BucketPrefix } from '../../pipeline/ports/bucket-pair.js'
import type { RunOptions, SyncRequest } from '../args/request.js'
import { isLocalSide, type OpenSide } from './open-endpoints.js'
import { pairOfLocations } from './pair-of-locations.js'
import { probeBucket } from './preflight.js'
import { badInput, endpointError, CliError } from './cli-error.js'
import type { ProcessContext } from './process-context.js'

/** The bucket pairs of a request; `--buckets all` lists the source's buckets. */
export async function resolvePairs(request: SyncRequest, source: OpenSide, proc: ProcessContext): Promise<readonly BucketPair[]> {
  const { buckets } = request
  if (buckets === undefined) return [await pairOfLocations(request, source, proc)]
  if (buckets !== 'all') return buckets.map((pair) => ({ source: wholeBucket(pair.source), target: wholeBucket(pair.target) }))
  const names = await listBuckets(source, proc.interrupted)
  if (names.length > 0) return names.map((name) => ({ source: wholeBucket(name), target: wholeBucket(name) }))
  throw new CliError(
    3,
    'NoBuckets',
    `There is no bucket at ${request.source.typed}`,
    'Check that it is the right connection and login.',
  )
}

async function listBuckets({ store, context }: OpenSide, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return await store.listBuckets({ signal })
  } catch (error) {
    if (!(error instanceof StoreError) || signal.aborted) throw error
    const { failure } = error
    if (failure.code !== 'AccessDenied') throw endpointError(failure, context)
    throw new CliError(
      3,
      failure.code,
      'This login may not list the source’s buckets.',
      'Name them: --buckets a,b (or allow s3:ListAllMyBuckets).',
    )
  }
}

/** A whole bucket. */
export function wholeBucket(bucket: string): BucketPrefix {
  return { bucket, prefix: '', self: false }
}

/**
 * Refuses pairs whose target is inside their source, or the reverse: the listing would contain the copies. Two names of the same server are
 * not recognized.
 */
export function refuseOverlap(pairs: readonly BucketPair[], source: OpenSide, target: OpenSide): void {
  if (source.store.endpoint !== target.store.endpoint) return
  const isLocal = isLocalSide(source)
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

/** Refuses names of missing target buckets that AWS does not accept. */
export async function refuseBucketNames(pairs: readonly BucketPair[], target: OpenSide, signal: AbortSignal): Promise<void> {
  if (!isAws(target.store.endpoint)) return
  for (const bucket of new Set(pairs.map((pair) => pair.target.bucket))) {
    const why = namingProblem(bucket)
    // Old buckets may have names that are no longer accepted.
    if (why === undefined || (await probeBucket(target, bucket, signal)) === 'exists') continue
    const meant = nameMeant(bucket)
    throw badInput(why, meant === undefined ? 'Choose another name at the target.' : `Did you mean ${meant}?`)
  }
}

/** Refuses a backup prefix that contains the whole target: backups are not compared, so nothing would be copied. */
export function refuseOverlappingBackups(pairs: readonly BucketPair[], { backupPrefix }: Pick<RunOptions, 'backupPrefix'>): void {
  if (backupPrefix === undefined) return
  if (pairs.some(({ target }) => `${target.prefix}/`.startsWith(`${backupPrefix}/`)))
    throw badInput('The target lies within --backup-prefix: none of it would be copied to.', 'Choose another prefix.')
}

/** Symbolic links are resolved: one may point from one directory into the other. */
function nestedDirectories({ source, target }: BucketPair): boolean {
  const [one, other] = [`${realPath(source.bucket)}/`, `${realPath(target.bucket)}/`]
  return one.startsWith(other) || other.startsWith(one)
}

/** Also of a path that does not exist yet. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path))
}

function nested({ source, target }: BucketPair): boolean {
  if (source.bucket !== target.bucket) return false
  const [one, other] = [listPrefix(source), listPrefix(target)]
  return one.startsWith(other) || other.startsWith(one)
}
