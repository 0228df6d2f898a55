import { Observable } from 'rxjs'
import { decideByRequests } from '../compare/compare-named.js'
import type { Verdict } from '../compare/decide.js'
import type { PlanItem } from '../compare/plan-item.js'
import type { ObjectEvent, SyncEvent } from '../events/events.js'
import { addRequests, type RequestCounts } from '../events/request-counts.js'
import { attempt, type OnRetry } from '../flow/attempt.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import { refreshed } from '../ports/object-copy.js'
import { at, type Run } from '../run/run-context.js'
import { backUp } from './backup.js'
import { copyFailed, overOtherCase } from './case-conflict.js'
import { type Doubt, noteFailure, type Transferred } from './copy-proof.js'
import { transfer } from './copy-strategy.js'
import { isBlocked } from './blocking-keys.js'
import { BACKUP_REQUESTS, requestsFor } from './request-estimate.js'
import type { PairRoute } from './route.js'
import { settle } from './settle.js'
import { checkSourceUnchanged } from './single-put.js'

/**
 * Copies one plan item. Emits one event for each failed attempt and one for the final result. If a target object that may be deleted blocks
 * the copy, the copy waits in the run's blocked list. Only a bug errors. A permit is held during an attempt, not while waiting for a retry:
 * otherwise retries would occupy all workers.
 */
export function copyObject(run: Run, pair: BucketPair, item: PlanItem, route: PairRoute): Observable<SyncEvent> {
  return new Observable<SyncEvent>((subscriber) => {
    const { stores, plan } = run
    let { copy, there } = item
    const { verdict: planned } = item
    let verdict: Verdict | undefined = planned.action === 'look' ? undefined : planned
    const isRetaken = planned.action === 'look' && planned.isRetaken
    let failed = 0
    let changed = false
    const doubt: Doubt = { isDoubted: false, hasFailed: false }
    const about = (): ObjectEvent => ({ ...at(run), pair, key: copy.from.entry.key, size: copy.from.entry.size })
    const onRetry: OnRetry = (failure, _attempt, waitMs) => {
      changed = failure.kind === 'changed'
      noteFailure(doubt, failure)
      subscriber.next({ type: 'attempt-failed', ...about(), attempt: ++failed, waitMs, failure })
    }

    const listener = { onRetry, emit: (event: SyncEvent) => subscriber.next(event) }
    let isBackedUp = planned.action === 'look' ? planned.isBackedUp : item.there === undefined
    const requests = (): RequestCounts => {
      const copying = requestsFor(copy.from.entry, plan)
      return isBackedUp || plan.backupPrefix === undefined ? copying : addRequests(copying, BACKUP_REQUESTS)
    }
    // Uses promises within an attempt: a chain of operators for each object would cost as much as its requests (bench/README.md).
    const call = async (signal: AbortSignal): Promise<SyncEvent> => {
      if (verdict === undefined || (changed && verdict.action === 'compare'))
        ({ copy, there, verdict } = await decideByRequests(run, copy, isRetaken, route, signal))
      else if (changed) copy = await refreshed(stores, copy, signal)
      const isForEtag = verdict.action === 'copy' && verdict.reason === 'etag' && plan.compare === 'auto'
      // Since that decision, not every ETag of the pair has proven to be an MD5.
      if (isForEtag && route.trust.facts.hasHidden) verdict = { action: 'compare', by: 'content' }
      if (verdict.action === 'compare' && there !== undefined) {
        const { newHasher, newChecksum } = run
        const givesTimes = !plan.dryRun && !plan.keepTimes
        const settled = await settle(copy, there, verdict.by, { ...route, newHasher, newChecksum, givesTimes }, signal)
        verdict = settled.equal ? { action: 'skip', reason: 'unchanged' } : { action: 'copy', reason: settled.reason }
      }
      if (verdict.action === 'skip') return { type: 'object-skipped', ...about(), reason: verdict.reason }
      if (verdict.action === 'compare') throw new Error('nothing to compare with')
      const { reason } = verdict
      if (plan.dryRun) {
        const sample = await route.sample.take(copy, signal)
        if (sample !== undefined) subscriber.next({ type: 'sample-taken', ...at(run), pair, key: copy.from.entry.key, ...sample })
        return { type: 'copy-planned', ...about(), reason, requests: requests() }
      }
      if (!isBackedUp && (await backUp(run, pair, copy.to.key, listener, signal, isRetaken ? copy.from.entry : undefined)))
        subscriber.next({ type: 'backup-made', ...at(run), pair, key: copy.from.entry.key })
      isBackedUp = true
      // The listing has no ETag (s3s-fs, measured): a HEAD may have it, to pin the reads and prove the bytes.
      if (copy.from.entry.etag === '') copy = await refreshed(stores, copy, signal)
      const step = (): Promise<Transferred> => transfer(run, pair, route, copy, doubt, listener, signal)
      const written = await overOtherCase(run, pair, route, listener, signal, step)
      await checkSourceUnchanged(stores, copy, written, signal)
      const { etag, proof } = written
      const { key, size } = copy.from.entry
      const attempts = failed + 1
      return {
        type: 'object-copied',
        at: run.scheduler.now(),
        pair,
        key,
        size,
        targetKey: copy.to.key,
        reason,
        etag,
        attempts,
        proof,
      }
    }
    return attempt(run.policy, { call, onRetry, permits: [run.permits] }).subscribe({
      next: (event) => subscriber.next(event),
      complete: () => subscriber.complete(),
      error: (error: unknown) => {
        if (!(error instanceof StoreError)) {
          subscriber.error(error)
          return
        }
        const { failure } = error
        if (run.blocked !== undefined && isBlocked(failure)) {
          const { key, size } = copy.from.entry
          const retry = (): Observable<SyncEvent> => copyObject({ ...run, blocked: undefined }, pair, { ...item, copy }, route)
          run.blocked.push({ pair, key, size, targetKey: copy.to.key, failure, retry })
        } else if (failure.reason === 'archived') subscriber.next({ type: 'object-skipped', ...about(), reason: 'archived' })
        else subscriber.next(copyFailed(run, about(), failed + 1, failure))
        subscriber.complete()
      },
    })
  })
}
