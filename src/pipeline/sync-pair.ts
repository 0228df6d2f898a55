import { catchError, concat, defer, mergeMap, Observable, of, throwError } from 'rxjs'
import { abortable } from './abortable.js'
import { ahead } from './ahead.js'
import { copyObject } from './copy-object.js'
import { OrderViolation, StoreError } from './errors.js'
import type { SyncEvent } from './events.js'
import { fanOut } from './fan-out.js'
import { listPlace } from './listing.js'
import { type Listings, planShard } from './plan.js'
import { ready, type Ready } from './ready.js'
import { type Report, retrying } from './retry.js'
import { at, type Run } from './run.js'
import { type BucketPair, wholePair } from './shards.js'
import type { EtagTrust } from './transfer.js'

/** How many objects of a pair may wait for another attempt while the workers go on with others (design.md, decision 2). */
const PARKED_AT_LEAST = 64
const PARKED_PER_WORKER = 4
const PARKED_AT_MOST = 1_024

/** Synchronises one pair of buckets: looks for them, joins their listings, decides, fans out. Its failures are events, but for broken invariants. */
export function syncPair(run: Run, pair: BucketPair): Observable<SyncEvent> {
  return new Observable<SyncEvent>((subscriber) => {
    const shard = wholePair(pair)
    const trust: EtagTrust = { areMd5: true }
    const ended = new AbortController()
    const { workers, compare, ignoreExisting } = run.plan
    const parked = Math.min(Math.max(PARKED_AT_LEAST, PARKED_PER_WORKER * workers), PARKED_AT_MOST)

    const onRetry: Report = (failure, attempt, waitMs) => {
      subscriber.next({ type: 'listing-retried', ...at(run), shard, attempt, waitMs, failure })
    }
    const list = (side: 'source' | 'target') =>
      ahead(listPlace(side, run.stores[side], pair[side], { how: run.how, onRetry, signal: ended.signal }))
    const carryOut = (listings: Listings): Observable<SyncEvent> =>
      fanOut(planShard(run, shard, listings, trust), workers + parked, (item) =>
        item.type === 'object' ? copyObject(run, pair, item, trust) : of(item),
      )
    const asListed = (found: Ready): Observable<SyncEvent> => {
      if (compare === 'always' && !ignoreExisting) return carryOut({ source: list('source'), target: 'unasked' })
      return carryOut({ source: list('source'), target: found === 'exists' ? list('target') : 'empty' })
    }
    const sorted = (): Observable<SyncEvent> =>
      carryOut({ source: run.sorter.sorted(list('source')), target: run.sorter.sorted(list('target')) })
    const sortedAfter = (error: unknown): Observable<SyncEvent> =>
      error instanceof OrderViolation
        ? concat(of<SyncEvent>({ type: 'shard-restarted', ...at(run), shard, side: error.side }), defer(sorted))
        : throwError(() => error)

    const work = retrying(() => abortable((signal) => ready(run, pair, signal)), run.how, onRetry).pipe(
      mergeMap((found) => concat(typeof found === 'object' ? of(found) : [], asListed(found).pipe(catchError(sortedAfter)))),
    )
    const completed = defer(() => of<SyncEvent>({ type: 'shard-completed', ...at(run), shard }))
    const failed = (error: unknown): Observable<SyncEvent> =>
      error instanceof StoreError
        ? of<SyncEvent>({ type: 'shard-failed', ...at(run), shard, failure: error.failure })
        : throwError(() => error)
    subscriber.add(() => {
      ended.abort()
    })
    return concat(work, completed).pipe(catchError(failed)).subscribe(subscriber)
  })
}
