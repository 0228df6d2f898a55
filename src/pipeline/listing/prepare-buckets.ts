import type { EventOf } from '../events/events.js'
import { metadataOf } from '../ports/absent-facets.js'
import type { BucketPair, Side } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import { onSide } from '../ports/on-side.js'
import { at, type Run } from '../run/run-context.js'

/** Whether the target bucket of a pair existed. */
export type BucketState = 'exists' | 'missing'

/** State of the target bucket before, and the event if it was created (it is then empty, so it needs no listing). */
export interface PreparedBuckets {
  readonly found: BucketState
  readonly created?: EventOf<'bucket-created'>
}

/**
 * Checks both buckets, and creates a missing target bucket if wanted, but not if the source bucket is missing. Repeatable.
 * @throws {StoreError} `NoSuchBucket` (fatal) for the source bucket
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
  // Only a bucket created with object lock can hold locked objects.
  const locks =
    run.plan.metadataPolicy.locks &&
    (await onSide('source', metadataOf(source).bucketRules({ bucket: pair.source.bucket, signal }))).locks
  const answer = await onSide('target', target.createBucket({ bucket, locks, signal })).catch((error: unknown) => {
    if (!locks || !(error instanceof StoreError) || error.failure.kind === 'fatal') throw error
    return onSide('target', target.createBucket({ bucket, signal }))
  })
  return answer === 'created' ? { found: 'missing', created: { type: 'bucket-created', ...at(run), pair } } : { found: 'exists' }
}

/**
 * A bucket for which HEAD is denied may still allow listing or writing; the next request gives a better error than the bare 403 of a HEAD.
 */
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
  return new StoreError({
    ...{ kind: 'fatal', operation: 'HeadBucket', code: 'NoSuchBucket', status: 404, reason: 'no-such-bucket', message },
    side: 'source',
  })
}
