import type { Observable } from 'rxjs'
import type { Emit } from '../events/emit.js'
import { attempt, type OnRetry } from '../flow/attempt.js'
import { versionsOf } from '../ports/absent-facets.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import { onSide } from '../ports/on-side.js'
import { at, type Run } from '../run/run-context.js'
import { isUnknown } from './single-versions.js'

/**
 * Checks that the target keeps versions: versioning is enabled on a bucket that the run created (`isOurs`); any other bucket must already
 * have it. Returns whether the source keeps or kept versions, so that its versions have ids. Errors with `NotVersioned`.
 */
export function versioned(run: Run, pair: BucketPair, isOurs: boolean, emit: Emit): Observable<boolean> {
  const { source, target } = run.stores
  const { bucket } = pair.target
  const onRetry: OnRetry = (failure, n, waitMs) => emit({ type: 'attempt-failed', ...at(run), pair, attempt: n, waitMs, failure })
  const call = async (signal: AbortSignal): Promise<boolean> => {
    if ((await onSide('target', versionsOf(target).versioning({ bucket, signal }))) !== 'kept') {
      if (!isOurs || run.plan.dryRun) throw notVersioned(bucket)
      await onSide('target', versionsOf(target).keepVersions({ bucket, signal })).catch((error: unknown) => {
        throw isUnknown(error) ? notVersioned(bucket) : error
      })
    }
    return (await onSide('source', versionsOf(source).versioning({ bucket: pair.source.bucket, signal }))) !== 'none'
  }
  return attempt(run.policy, { call, onRetry })
}

function notVersioned(bucket: string): StoreError {
  const message = `the target bucket "${bucket}" keeps no versions, as far as this login may know`
  return new StoreError({ kind: 'permanent', operation: 'GetBucketVersioning', code: 'NotVersioned', message, side: 'target' })
}
