import { catchError, concat, defer, EMPTY, from, mergeMap, Observable, of, throwError } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { fanOut } from '../flow/fan-out.js'
import { withBuckets } from '../listing/with-buckets.js'
import type { Range } from '../listing/key-range.js'
import { inHand, type ListSide, PairListings } from '../listing/pair-listings.js'
import type { BucketState } from '../listing/prepare-buckets.js'
import { rangesOf } from '../listing/resume-pair.js'
import { ShardedPages } from '../listing/sharded-listing.js'
import type { Probe } from '../listing/split-range.js'
import { withChangedAttributes } from '../metadata/changed-attributes.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { OrderViolation } from '../ports/failure.js'
import { newTrust } from '../run/etag-trust.js'
import { at, type Run } from '../run/run-context.js'
import { type ToProve, verifyObject } from './verify-object.js'
import { verifyPages } from './verify-page.js'

/** Maximum number of pairs in progress at once. */
const PAIRS_AT_ONCE = 16

/**
 * Compares source and target of all pairs completely and changes nothing. Uses the same listings and join as a sync; the decisions are
 * proofs.
 *
 *     source listing ─┐
 *                     ├─ join ─► equal by the listing | only here | only there | to prove ─► fan-out ─► prove ─► events
 *     target listing ─┘
 */
export function verify(run: Run, pairs: readonly BucketPair[]): Observable<SyncEvent> {
  return from(pairs).pipe(mergeMap((pair) => verifyPair(withChangedAttributes(run, pair), pair), PAIRS_AT_ONCE))
}

function verifyPair(run: Run, pair: BucketPair): Observable<SyncEvent> {
  return new Observable<SyncEvent>((subscriber) => {
    const trust = newTrust()
    const listings = new PairListings(run, pair, (event) => subscriber.next(event))
    subscriber.add(() => listings.end())

    const over = (found: BucketState, side: ListSide, probe?: (range: Range) => Probe): Observable<SyncEvent> => {
      const target = (range: Range) => (found === 'exists' ? side('target', range) : 'empty')
      const plan = (range: Range) =>
        verifyPages(run, range, { source: side('source', range), target: target(range), backups: listings.backups })
      const pages = new ShardedPages<SyncEvent | ToProve>(run, rangesOf(pair, undefined), { plan, probe })
      const work = (item: SyncEvent | ToProve): Observable<SyncEvent> => {
        if (item.type === 'to-prove') return verifyObject(run, pair, item, trust)
        // Only a resume needs the shard events, and a verification is not resumed.
        return item.type === 'shard-split' || item.type === 'shard-listed' ? EMPTY : of(item)
      }
      const done = defer(() => (pages.complete ? of<SyncEvent>({ type: 'pair-verified', ...at(run), pair }) : EMPTY))
      return concat(of<SyncEvent>({ type: 'verification-started', ...at(run), pair }), fanOut(pages, inHand(run), work), done)
    }
    const work = (found: BucketState): Observable<SyncEvent> =>
      over(found, listings.list, listings.probe).pipe(
        catchError((error: unknown) =>
          error instanceof OrderViolation ? over(found, listings.sorted) : throwError(() => error),
        ),
      )
    return withBuckets(run, pair, false, work).subscribe(subscriber)
  })
}
