import { StoreError } from '../pipeline/errors.js'
import { listPrefix } from '../pipeline/prefix.js'
import type { BucketPair, Place } from '../pipeline/shards.js'
import type { RunOptions, SyncRequest } from '../prompts/arguments/request.js'
import type { Side } from './endpoints.js'
import { badInput, refused, Refusal } from './refusal.js'

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
  const overlapping = pairs.find((pair) => pair.source.bucket === pair.target.bucket && nested(pair.source, pair.target))
  if (overlapping === undefined) return
  throw badInput(
    `Source and target overlap in the bucket "${overlapping.source.bucket}".`,
    'Copy to another bucket, or to a prefix that is not within the source’s.',
  )
}

/** Refuses backups that would take the whole target in: nothing of it would be left to compare. */
export function refuseBackupsAbove(pairs: readonly BucketPair[], { backupPrefix }: Pick<RunOptions, 'backupPrefix'>): void {
  if (backupPrefix === undefined) return
  if (pairs.some(({ target }) => `${target.prefix}/`.startsWith(`${backupPrefix}/`)))
    throw badInput('The target lies within --backup-prefix: all of it would be left alone.', 'Choose another prefix.')
}

function nested(a: Place, b: Place): boolean {
  const [one, other] = [listPrefix(a), listPrefix(b)]
  return one.startsWith(other) || other.startsWith(one)
}
