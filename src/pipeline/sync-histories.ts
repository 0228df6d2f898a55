import { concat, defer, EMPTY, ignoreElements, Observable, of } from 'rxjs'
import { abortable } from './abortable.js'
import { atBuckets } from './at-buckets.js'
import { copyHistory } from './copy-history.js'
import { StoreError } from './errors.js'
import type { SyncEvent } from './events.js'
import { fanOut } from './fan-out.js'
import { histories } from './histories.js'
import { Keeper } from './keeper.js'
import { inHand, PairListings } from './pair-listings.js'
import { lookAtHistory, planHistories, type PlannedHistory } from './plan-histories.js'
import type { Range } from './range.js'
import type { Found } from './ready.js'
import { inTurn, leftOf, rangesOf, retaken } from './resume.js'
import { type Report, retrying } from './retry.js'
import { at, type Run } from './run.js'
import { ShardedPages } from './sharded.js'
import { type BucketPair, samePair, wholePair } from './shards.js'
import { sided } from './sided.js'
import type { EtagTrust } from './transfer.js'

/**
 * Copies what the histories of one pair's objects have that the target's lack (`--versions`): as `syncPair`, with an object's whole history in
 * the place of the object. One range: what a server lists of versions is not worth being cut.
 */
export function syncHistories(run: Run, pair: BucketPair): Observable<SyncEvent> {
  return new Observable<SyncEvent>((subscriber) => {
    const trust: EtagTrust = { areMd5: true }
    const { stores, serverSide } = run
    const road = { stores, trust, serverSide, keeper: new Keeper(run, pair, stores) }
    const listings = new PairListings(run, pair, (event) => subscriber.next(event))
    subscriber.add(() => listings.end())
    const left = leftOf(run, pair)
    let isOurs = run.resumed?.state.pairs.some((one) => one.created && samePair(one.pair, pair)) === true

    const carriedOut = (found: Found): Observable<SyncEvent> => {
      const side = (which: 'source' | 'target', range: Range) => histories(which, listings.versions(which, range))
      const plan = (range: Range) =>
        planHistories(
          run,
          range,
          { source: side('source', range), target: found === 'exists' ? side('target', range) : 'empty' },
          trust,
        )
      const pages = new ShardedPages<PlannedHistory>(run, rangesOf(pair, left), { plan })
      const lead = retaken(run, pair, left, (key, pending) => lookAtHistory(pair, key, pending))
      const work = (item: PlannedHistory) => (item.type === 'history' ? copyHistory(run, pair, item, road) : of(item))
      const completed = defer(() => (pages.complete ? of<SyncEvent>({ type: 'pair-completed', ...at(run), pair }) : EMPTY))
      return concat(fanOut(inTurn(lead, pages), inHand(run), work), completed)
    }
    const kept = (found: Found): Observable<SyncEvent> =>
      concat(
        defer(() =>
          run.plan.dryRun && found === 'missing' ? EMPTY : keptVersions(run, pair, isOurs, (event) => subscriber.next(event)),
        ),
        defer(() => carriedOut(found)),
      )
    return atBuckets(run, pair, !run.plan.dryRun, kept).subscribe({
      next: (event) => {
        isOurs ||= event.type === 'bucket-created'
        subscriber.next(event)
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    })
  })
}

/**
 * Sees to it that the target keeps versions: a bucket that the run made is told to, another one must do so already. Nothing else happens.
 * Errors with `NotVersioned`.
 */
function keptVersions(run: Run, pair: BucketPair, isOurs: boolean, tell: (event: SyncEvent) => void): Observable<SyncEvent> {
  const { target } = run.stores
  const { bucket } = pair.target
  const onRetry: Report = (failure, attempt, waitMs) =>
    tell({ type: 'listing-retried', ...at(run), shard: wholePair(pair), attempt, waitMs, failure })
  const see = async (signal: AbortSignal): Promise<void> => {
    if ((await sided('target', target.versioning({ bucket, signal }))) === 'kept') return
    if (!isOurs) throw notVersioned(bucket)
    await sided('target', target.keepVersions({ bucket, signal }))
  }
  return retrying(() => abortable(see), run.how, onRetry).pipe(ignoreElements())
}

function notVersioned(bucket: string): StoreError {
  const message = `the target bucket "${bucket}" keeps no versions, as far as this login may know`
  return new StoreError({ kind: 'permanent', operation: 'GetBucketVersioning', code: 'NotVersioned', message, side: 'target' })
}
