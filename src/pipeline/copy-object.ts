import { catchError, defer, map, mergeMap, Observable, of, throwError } from 'rxjs'
import { abortable } from './abortable.js'
import { sameChecksum } from './checksums.js'
import { StoreError } from './errors.js'
import type { CopyReason, ObjectEvent, SyncEvent } from './events.js'
import type { PlanItem } from './plan.js'
import { type Report, retrying } from './retry.js'
import { at, type Run } from './run.js'
import type { BucketPair } from './shards.js'
import { copyWhole, type EtagTrust, lookAgain } from './transfer.js'
import { copyInParts } from './transfer-parts.js'

/**
 * Carries one plan item out: an event for each attempt that failed, and at last one that settles the object. Only a broken invariant
 * errors. A permit is held during an attempt and not while waiting for the next (design.md, decision 2).
 */
export function copyObject(
  run: Run,
  pair: BucketPair,
  { copy: planned, verdict }: PlanItem,
  trust: EtagTrust,
): Observable<SyncEvent> {
  return new Observable<SyncEvent>((subscriber) => {
    const { stores, plan, how, goOn } = run
    let copy = planned
    let failed = 0
    let changed = false
    let announce = true
    const about = (): ObjectEvent => ({ ...at(run), pair, key: copy.from.entry.key, size: copy.from.entry.size })
    const report: Report = (failure, _attempt, waitMs) => {
      changed = failure.kind === 'changed'
      // Either the bytes were damaged or the source's ETags are no MD5s after all: without it, the copy is read back to find out.
      announce &&= failure.code !== 'BadDigest'
      subscriber.next({ type: 'attempt-failed', ...about(), attempt: ++failed, waitMs, failure })
    }

    const refreshed = defer(() => (changed ? abortable((signal) => lookAgain(stores, copy, signal)) : of(copy)))
    const transferred = defer(() =>
      copy.from.entry.size > plan.partThreshold
        ? copyInParts(stores, copy, trust, how, goOn, report)
        : abortable((signal) => copyWhole(stores, copy, trust, announce, signal)),
    )
    const carryOut = (reason: CopyReason): Observable<SyncEvent> =>
      plan.dryRun
        ? of({ type: 'copy-planned', ...about(), reason })
        : transferred.pipe(
            map(({ etag }) => ({
              type: 'object-copied',
              ...about(),
              targetKey: copy.to.key,
              reason,
              etag,
              attempts: failed + 1,
            })),
          )
    const compared = abortable((signal) => sameChecksum(stores, copy, signal)).pipe(
      mergeMap((same) =>
        same ? of<SyncEvent>({ type: 'object-skipped', ...about(), reason: 'unchanged' }) : carryOut('checksum'),
      ),
    )
    const attempt = refreshed.pipe(
      mergeMap((fresh) => {
        copy = fresh
        return verdict.action === 'copy' ? carryOut(verdict.reason) : compared
      }),
    )
    return retrying(() => run.permits.hold(attempt), how, report)
      .pipe(
        catchError((error: unknown) => {
          if (!(error instanceof StoreError)) return throwError(() => error)
          return of<SyncEvent>({ type: 'object-failed', ...about(), attempts: failed + 1, failure: error.failure })
        }),
      )
      .subscribe(subscriber)
  })
}
