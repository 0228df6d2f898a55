import { catchError, concat, defer, EMPTY, merge, Observable, of, throwError } from 'rxjs'
import { compareNamed, itemForName } from './compare/compare-named.js'
import { comparePages, type Planned } from './compare/compare-page.js'
import { listUnsettled } from './compare/list-unsettled.js'
import { isUnread, relisted, type UnreadDirectory } from './compare/relist.js'
import type { SyncEvent } from './events/events.js'
import { fanOut } from './flow/fan-out.js'
import { withBuckets } from './listing/with-buckets.js'
import type { Range } from './listing/key-range.js'
import { inHand, type ListSide, PairListings } from './listing/pair-listings.js'
import type { BucketState } from './listing/prepare-buckets.js'
import { concatPages, remainingOf, rangesOf, unsettledItems } from './listing/resume-pair.js'
import { ShardedPages } from './listing/sharded-listing.js'
import type { Probe } from './listing/split-range.js'
import { MetadataCopier } from './metadata/metadata-copier.js'
import { type BucketPair, type Side, wholePair } from './ports/bucket-pair.js'
import { OrderViolation } from './ports/failure.js'
import { pairTrust } from './run/etag-trust.js'
import { at, type Run } from './run/run-context.js'
import { copyObject } from './transfer/copy-object.js'
import { DryRunSample } from './transfer/dry-run-sample.js'
import { dropBlocked } from './transfer/blocking-keys.js'
import { historyLost } from './versions/history-lost.js'

/** The start of a pair: the ranges to list, and pages to process before them that need no listing. */
interface Begin {
  readonly ranges: readonly Range[]
  readonly lead: AsyncIterator<readonly (Planned | UnreadDirectory)[], unknown>
}
type Plan = (range: Range) => AsyncIterable<readonly Planned[]>

/**
 * Synchronises one pair of buckets: checks the buckets, joins their listings, decides, copies. Failures are events; only bugs are errors.
 */
export function syncPair(run: Run, pair: BucketPair): Observable<SyncEvent> {
  return new Observable<SyncEvent>((subscriber) => {
    const { compare, ignoreExisting, keepNewer, deletes, backupPrefix } = run.plan
    const trust = pairTrust(run, pair)
    const { stores, changesOf } = run
    const metadataCopier = new MetadataCopier(run, pair, stores)
    const listings = new PairListings(run, pair, (event) => subscriber.next(event))
    const { backups } = listings
    const route = {
      stores,
      trust,
      copies: 'copies' as const,
      metadataCopier,
      changesOf,
      sample: new DryRunSample(stores, metadataCopier),
      backups,
    }
    subscriber.add(() => listings.end())

    const left = remainingOf(run, pair)
    const backedUp = new Set(left?.backedUp)
    const look = (key: string): Planned | UnreadDirectory =>
      isUnread(run, key)
        ? { type: 'unread-directory', key }
        : itemForName(run, pair, key, { isRetaken: true, isBackedUp: backedUp.has(key) })
    const anew = (): Begin => ({ ranges: rangesOf(pair, undefined), lead: unsettledItems(run, pair, undefined, look) })
    // Named keys may be anywhere, and a side without an order has no place to list from.
    const isListed = run.named === undefined && left?.unordered !== true
    const lookUp = (keys: readonly string[]) => listUnsettled<Planned | UnreadDirectory>(run, pair, keys, listings, look)
    const goingOn = (): Begin => ({
      ranges: rangesOf(pair, left),
      lead: unsettledItems(run, pair, left, look, isListed ? lookUp : undefined),
    })

    const carryOut = (plan: Plan, { ranges, lead }: Begin, probe?: (range: Range) => Probe): Observable<SyncEvent> => {
      const pages = new ShardedPages<Planned>(run, ranges, { plan, probe })
      const work = (item: Planned | UnreadDirectory): Observable<SyncEvent> => {
        if (item.type === 'unread-directory') return fanOut(relisted(run, pair, item.key, listings), run.plan.workers, work)
        return item.type === 'object' ? copyObject(run, pair, item, route) : of(item)
      }
      const completed = defer(() => (pages.complete ? of<SyncEvent>({ type: 'pair-completed', ...at(run), pair }) : EMPTY))
      return concat(fanOut(concatPages(lead, pages), inHand(run), work), completed)
    }
    const planned = (found: BucketState, side: ListSide): Plan => {
      const everything =
        compare === 'always' && !ignoreExisting && !keepNewer && deletes === undefined && backupPrefix === undefined
      const target = (range: Range) => (everything ? 'unasked' : found === 'exists' ? side('target', range) : 'empty')
      return (range) => comparePages(run, range, { source: side('source', range), target: target(range), backups }, trust)
    }
    const restarted = (found: BucketState, side: Side): Observable<SyncEvent> =>
      concat(
        of<SyncEvent>({ type: 'shard-restarted', ...at(run), shard: wholePair(pair), side }),
        defer(() => {
          dropBlocked(run, pair)
          return carryOut(planned(found, listings.sorted), anew())
        }),
      )
    const compared = (found: BucketState): Observable<SyncEvent> => {
      // If keys are not ordered, no watermark shows which keys were processed.
      if (left?.unordered === true && left.shards.length > 0) return restarted(found, 'source')
      return carryOut(planned(found, listings.list), goingOn(), listings.probe).pipe(
        catchError((error: unknown) =>
          error instanceof OrderViolation ? restarted(found, error.side) : throwError(() => error),
        ),
      )
    }
    const { named } = run
    const work = (found: BucketState): Observable<SyncEvent> =>
      named === undefined ? compared(found) : carryOut((range) => compareNamed(run, range, named), goingOn())
    const all = (found: BucketState): Observable<SyncEvent> => merge(historyLost(run, pair), work(found))
    return withBuckets(run, pair, !run.plan.dryRun, all).subscribe(subscriber)
  })
}
