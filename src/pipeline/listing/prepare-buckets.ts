import type { EventOf } from '../events/events.js'
import { metadataOf } from '../ports/absent-facets.js'
import type { BucketPair, Side } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import { onSide } from '../ports/on-side.js'
import { at, type Run } from '../run/run-context.js'

/** Whether the target of a pair is a bucket to list. */
export type BucketState = 'exists' | 'missing'

/** What was found at the target, and what was made there: an empty bucket, nothing to list. */
export interface PreparedBuckets {
  readonly found: BucketState
  readonly created?: EventOf<'bucket-created'>
}

/**
 * Looks for both buckets, and makes the target's where it is missing and wanted: not for a source that isn't there. Repeatable.
 * @throws {StoreError} `NoSuchBucket` (fatal) for the source's
 */
export async function prepareBuckets(
  run: Run,
  pair: BucketPair,
  creates: boolean,
  signal: AbortSignal,
): Promise<PreparedBuckets> {
  const { bucket } = pair.target
  if ((await look(run, 'source', pair, signal)) === 'missing') throw noSuchBucket(pair.source.bucket)
  if ((await look(run, 'target', pair, signal)) === 'exists') return { found: 'exists' }
  if (!creates) return { found: 'missing' }
  const { source, target } = run.stores
  // Only a bucket that was made for it can hold locked objects.
  const locks =
    run.plan.metadataPolicy.locks &&
    (await onSide('source', metadataOf(source).bucketRules({ bucket: pair.source.bucket, signal }))).locks
  const answer = await onSide('target', target.createBucket({ bucket, locks, signal })).catch((error: unknown) => {
    if (!locks || !(error instanceof StoreError) || error.failure.kind === 'fatal') throw error
    return onSide('target', target.createBucket({ bucket, signal }))
  })
  return answer === 'created' ? { found: 'missing', created: { type: 'bucket-created', ...at(run), pair } } : { found: 'exists' }
}

/** A bucket that may not be looked at may still be listed or written: what comes next tells better than a HEAD's bare 403. */
async function look(run: Run, side: Side, pair: BucketPair, signal: AbortSignal): Promise<BucketState> {
  try {
    return await onSide(side, run.stores[side].headBucket({ bucket: pair[side].bucket, signal }))
  } catch (error) {
    if (error instanceof StoreError && error.failure.kind === 'permanent') return 'exists'
    throw error
  }
}

function noSuchBucket(bucket: string): StoreError {
  const message = `there is no bucket "${bucket}"`
  return new StoreError({ kind: 'fatal', operation: 'HeadBucket', code: 'NoSuchBucket', status: 404, message, side: 'source' })
}
