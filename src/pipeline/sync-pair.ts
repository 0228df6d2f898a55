import { catchError, concat, defer, EMPTY, mergeMap, Observable, of, Subject, throwError } from 'rxjs'
import { abortable } from './abortable.js'
import { copyObject } from './copy-object.js'
import { OrderViolation, StoreError } from './errors.js'
import type { SyncEvent } from './events.js'
import { fanOut } from './fan-out.js'
import { firstBehind, listPlace } from './listing.js'
import { type Planned, planRange } from './plan.js'
import { planNamed } from './plan-named.js'
import { compareKeys } from './keys.js'
import type { ListPage } from './ports.js'
import type { Range } from './range.js'
import { ready, type Ready } from './ready.js'
import { inTurn, leftOf, rangesOf, retaken } from './resume.js'
import { type Report, retrying } from './retry.js'
import { at, type Run } from './run.js'
import { narrowing } from './selection.js'
import { ShardedPages } from './sharded.js'
import { type BucketPair, wholePair } from './shards.js'
import type { Probe } from './split.js'
import type { EtagTrust } from './transfer.js'

/** How many objects of a pair may wait for another attempt while the workers go on with others (design.md, decision 2). */
const PARKED_AT_LEAST = 64
const PARKED_PER_WORKER = 4
const PARKED_AT_MOST = 1_024

type Side = (side: 'source' | 'target', range: Range) => AsyncIterable<ListPage>
/** What a pair begins with: the ranges to list, and before them pages that need no listing. */
interface Begin {
  readonly ranges: readonly Range[]
  readonly lead: AsyncIterator<readonly Planned[], unknown>
}
type Plan = (range: Range) => AsyncIterable<readonly Planned[]>

/** Synchronises one pair of buckets: looks for them, joins their listings, decides, fans out. Its failures are events, but for broken invariants. */
export function syncPair(run: Run, pair: BucketPair): Observable<SyncEvent> {
  return new Observable<SyncEvent>((subscriber) => {
    const trust: EtagTrust = { areMd5: true }
    const ended = new Subject<void>()
    const { workers, compare, ignoreExisting, keepNewer, deletes, backupPrefix } = run.plan
    const parked = Math.min(Math.max(PARKED_AT_LEAST, PARKED_PER_WORKER * workers), PARKED_AT_MOST)

    const listing = (range: Range) => {
      const onRetry: Report = (failure, attempt, waitMs) => {
        subscriber.next({ type: 'listing-retried', ...at(run), shard: range.rest, attempt, waitMs, failure })
      }
      return { how: run.how, onRetry, narrow: narrowing(run.plan.selection), ended }
    }
    const list: Side = (side, range) => listPlace(side, run.stores[side], pair[side], range.after, listing(range))
    const probe = (range: Range): Probe => {
      const { upTo } = range
      return async (after) => {
        const tail = await firstBehind('source', run.stores.source, pair.source, after, listing(range))
        const isInside =
          tail !== undefined && compareKeys(tail, after) > 0 && (upTo === undefined || compareKeys(tail, upTo) <= 0)
        return isInside ? tail : undefined
      }
    }
    const carryOut = (plan: Plan, { ranges, lead }: Begin, cutting?: (range: Range) => Probe): Observable<SyncEvent> => {
      const pages = new ShardedPages(run, ranges, { plan, probe: cutting })
      const work = (item: Planned) => (item.type === 'object' ? copyObject(run, pair, item, trust) : of(item))
      const completed = defer(() => (pages.complete ? of<SyncEvent>({ type: 'pair-completed', ...at(run), pair }) : EMPTY))
      return concat(fanOut(inTurn(lead, pages), workers + parked, work), completed)
    }
    const left = leftOf(run, pair)
    const anew = (): Begin => ({ ranges: rangesOf(pair, undefined), lead: retaken(run, pair, undefined) })
    const goingOn = (): Begin => ({ ranges: rangesOf(pair, left), lead: retaken(run, pair, left) })

    const planned = (found: Ready, side: Side): Plan => {
      const everything =
        compare === 'always' && !ignoreExisting && !keepNewer && deletes === undefined && backupPrefix === undefined
      const target = (range: Range) => (everything ? 'unasked' : found === 'exists' ? side('target', range) : 'empty')
      return (range) => planRange(run, range, { source: side('source', range), target: target(range) }, trust)
    }
    const { named } = run
    const seeks = run.stores.source.traits.seeks && run.stores.target.traits.seeks
    const sorted: Side = (side, range) => run.sorter.sorted(list(side, range))
    const restarted = (found: Ready, side: 'source' | 'target'): Observable<SyncEvent> =>
      concat(
        of<SyncEvent>({ type: 'shard-restarted', ...at(run), shard: wholePair(pair), side }),
        defer(() => carryOut(planned(found, sorted), anew())),
      )
    const compared = (found: Ready): Observable<SyncEvent> => {
      // Where keys come in no order, no watermark tells what was met.
      if (left?.unordered === true && left.shards.length > 0) return restarted(found, 'source')
      return carryOut(planned(found, list), goingOn(), seeks ? probe : undefined).pipe(
        catchError((error: unknown) =>
          error instanceof OrderViolation ? restarted(found, error.side) : throwError(() => error),
        ),
      )
    }

    const onRetry: Report = (failure, attempt, waitMs) => {
      subscriber.next({ type: 'listing-retried', ...at(run), shard: wholePair(pair), attempt, waitMs, failure })
    }
    const look = retrying(() => abortable((signal) => ready(run, pair, signal)), run.how, onRetry)
    const work = look.pipe(
      mergeMap((found) =>
        concat(
          typeof found === 'object' ? of(found) : EMPTY,
          defer(() => (named === undefined ? compared(found) : carryOut((range) => planNamed(run, range, named), goingOn()))),
        ),
      ),
    )
    const failed = (error: unknown): Observable<SyncEvent> =>
      error instanceof StoreError
        ? of<SyncEvent>({ type: 'shard-failed', ...at(run), shard: wholePair(pair), failure: error.failure })
        : throwError(() => error)
    subscriber.add(() => ended.next())
    return work.pipe(catchError(failed)).subscribe(subscriber)
  })
}
