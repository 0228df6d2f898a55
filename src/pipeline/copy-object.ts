import { fromEvent, lastValueFrom, Observable, takeUntil } from 'rxjs'
import { abortable } from './abortable.js'
import { sameChecksum } from './checksums.js'
import { StoreError } from './errors.js'
import type { ObjectEvent, SyncEvent } from './events.js'
import type { PlanItem } from './plan.js'
import { type Report, retrying } from './retry.js'
import { at, type Notice, type Run } from './run.js'
import type { BucketPair } from './shards.js'
import { type Copied, copyWhole, type EtagTrust, lookAgain } from './transfer.js'
import { copyOnServer, isRefusal } from './transfer-on-server.js'
import { copyInParts, type PartsBy } from './transfer-parts.js'

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
    const { stores, plan, how, goOn, serverSide, gather, streams } = run
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

    const inParts = (by: PartsBy, signal: AbortSignal): Promise<Copied> => {
      const parts = copyInParts(stores, copy, trust, { how, goOn, report, by, streams, partSize: plan.partSize })
      return lastValueFrom(parts.pipe(takeUntil(fromEvent(signal, 'abort'))))
    }
    const stream = (signal: AbortSignal): Promise<Copied> =>
      copy.from.entry.size <= plan.partThreshold
        ? copyWhole(stores, copy, trust, announce, gather, signal)
        : inParts('stream', signal)
    const onServer = async (signal: AbortSignal): Promise<Copied> => {
      try {
        const { size } = copy.from.entry
        return await (size <= plan.largestCopy ? copyOnServer(stores, copy, trust, signal) : inParts('server', signal))
      } catch (error) {
        if (!isRefusal(error)) throw error
        if (serverSide.usable) subscriber.next({ type: 'notice-given', ...at(run), ...refusedBecause(error) })
        serverSide.usable = false
        return stream(signal)
      }
    }
    // Promises within an attempt: a chain of operators for each object would cost as much as its requests (bench/README.md).
    const attempt = async (signal: AbortSignal): Promise<SyncEvent> => {
      if (changed) copy = await lookAgain(stores, copy, signal)
      if (verdict.action !== 'copy' && (await sameChecksum(stores, copy, signal))) {
        return { type: 'object-skipped', ...about(), reason: 'unchanged' }
      }
      const reason = verdict.action === 'copy' ? verdict.reason : 'checksum'
      if (plan.dryRun) return { type: 'copy-planned', ...about(), reason }
      const { etag } = await (serverSide.usable ? onServer(signal) : stream(signal))
      how.pace.answered('accepted')
      const { key, size } = copy.from.entry
      const attempts = failed + 1
      return { type: 'object-copied', at: run.scheduler.now(), pair, key, size, targetKey: copy.to.key, reason, etag, attempts }
    }
    const isStream = planned.from.entry.size > gather && planned.from.entry.size <= plan.partThreshold
    const paced = how.pace.paced(abortable(attempt))
    const work = isStream ? streams.hold(paced) : paced
    const settled = retrying(() => run.permits.hold(work), how, report)
    return settled.subscribe({
      next: (event) => subscriber.next(event),
      complete: () => subscriber.complete(),
      error: (error: unknown) => {
        if (!(error instanceof StoreError)) {
          subscriber.error(error)
          return
        }
        subscriber.next({ type: 'object-failed', ...about(), attempts: failed + 1, failure: error.failure })
        subscriber.complete()
      },
    })
  })
}

function refusedBecause({ failure }: StoreError): Notice {
  const message = `The server does not copy by itself (${failure.code}); the objects pass through here.`
  return { code: 'ServerSideCopyRefused', message }
}
