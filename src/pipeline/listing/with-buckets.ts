import { catchError, concat, defer, EMPTY, mergeMap, Observable, of, throwError } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { attempt, type OnRetry } from '../flow/attempt.js'
import { type BucketPair, wholePair } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import { at, type Run } from '../run/run-context.js'
import { type BucketState, prepareBuckets } from './prepare-buckets.js'

/**
 * Checks the buckets of a pair, creates the target bucket if wanted, then does the work. A failure that ends the pair is emitted as an
 * event.
 */
export function withBuckets(
  run: Run,
  pair: BucketPair,
  creates: boolean,
  work: (found: BucketState) => Observable<SyncEvent>,
): Observable<SyncEvent> {
  return new Observable<SyncEvent>((subscriber) => {
    const onRetry: OnRetry = (failure, n, waitMs) => {
      subscriber.next({ type: 'attempt-failed', ...at(run), pair, attempt: n, waitMs, failure })
    }
    const failed = (error: unknown): Observable<SyncEvent> =>
      error instanceof StoreError
        ? of<SyncEvent>({ type: 'shard-failed', ...at(run), shard: wholePair(pair), failure: error.failure })
        : throwError(() => error)
    const prepared = attempt(run.policy, { call: (signal) => prepareBuckets(run, pair, creates, signal), onRetry })
    const done = prepared.pipe(
      mergeMap(({ found, created }) =>
        concat(
          created === undefined ? EMPTY : of(created),
          defer(() => work(found)),
        ),
      ),
    )
    return done.pipe(catchError(failed)).subscribe(subscriber)
  })
}
