import { concat, defer, EMPTY, mergeMap, Observable, of } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { fanOut } from '../flow/fan-out.js'
import { withBuckets } from '../listing/with-buckets.js'
import type { Range } from '../listing/key-range.js'
import { groupHistories } from '../listing/list-versions.js'
import { inHand, PairListings } from '../listing/pair-listings.js'
import type { BucketState } from '../listing/prepare-buckets.js'
import { concatPages, remainingOf, rangesOf, unsettledItems } from '../listing/resume-pair.js'
import { ShardedPages } from '../listing/sharded-listing.js'
import { MetadataCopier } from '../metadata/metadata-copier.js'
import { type BucketPair, samePair, type Side } from '../ports/bucket-pair.js'
import { delegate } from '../ports/wrap-store.js'
import { pairTrust } from '../run/etag-trust.js'
import { at, type Run } from '../run/run-context.js'
import { compareVersions, itemForVersions, type PlannedVersions } from './compare-versions.js'
import { copyVersions } from './copy-versions.js'
import { singleVersions } from './single-versions.js'
import { versioned } from './versioning.js'

/**
 * Copies the versions of one pair's objects that the target does not have (`--versions`): as `syncPair`, with whole histories instead of
 * objects. Uses one range: splitting a listing of versions is not worth it.
 */
export function syncVersions(given: Run, pair: BucketPair): Observable<SyncEvent> {
  // Spreading a class instance loses its methods; `delegate` lists them.
  const source = singleVersions(delegate(given.stores.source, (call) => call))
  const run: Run = { ...given, stores: { ...given.stores, source } }
  return new Observable<SyncEvent>((subscriber) => {
    const trust = pairTrust(run, pair)
    const { stores, changesOf } = run
    const metadataCopier = new MetadataCopier(run, pair, stores)
    const route = { stores, trust, copies: 'copies' as const, metadataCopier, changesOf }
    const listings = new PairListings(run, pair, (event) => subscriber.next(event))
    const { backups } = listings
    subscriber.add(() => listings.end())
    const left = remainingOf(run, pair)
    let isOurs = run.resumed?.state.pairs.some((one) => one.created && samePair(one.pair, pair)) === true

    const carriedOut = (found: BucketState, hasIds: boolean): Observable<SyncEvent> => {
      const side = (which: Side, range: Range) => groupHistories(which, listings.versions(which, range))
      const plan = (range: Range) =>
        compareVersions(
          run,
          range,
          { source: side('source', range), target: found === 'exists' ? side('target', range) : 'empty', backups },
          trust,
        )
      const pages = new ShardedPages<PlannedVersions>(run, rangesOf(pair, left), { plan })
      const lead = unsettledItems(run, pair, left, (key, pending) => itemForVersions(pair, key, pending))
      const carryOut = (item: PlannedVersions) =>
        item.type === 'history' ? copyVersions(run, pair, item, { ...route, hasIds }) : of(item)
      const completed = defer(() => (pages.complete ? of<SyncEvent>({ type: 'pair-completed', ...at(run), pair }) : EMPTY))
      return concat(fanOut(concatPages(lead, pages), inHand(run), carryOut), completed)
    }
    const emit = (event: SyncEvent): void => subscriber.next(event)
    const work = (found: BucketState): Observable<SyncEvent> => {
      const needsNone = run.plan.dryRun && found === 'missing'
      return (needsNone ? of(true) : versioned(run, pair, isOurs, emit)).pipe(mergeMap((hasIds) => carriedOut(found, hasIds)))
    }
    return withBuckets(run, pair, !run.plan.dryRun, work).subscribe({
      next: (event) => {
        isOurs ||= event.type === 'bucket-created'
        subscriber.next(event)
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    })
  })
}
