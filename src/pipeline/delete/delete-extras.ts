import { concat, EMPTY, from, mergeMap, type Observable, of } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { fanOut } from '../flow/fan-out.js'
import { type BucketPair, samePair } from '../ports/bucket-pair.js'
import type { BlockedCopy } from '../run/blocked-copy.js'
import { at, type Run } from '../run/run-context.js'
import { overall, type PairState, type RunState } from '../state/run-state.js'
import { copyFailed } from '../transfer/case-conflict.js'
import { BlockingKeys } from '../transfer/make-way.js'
import { deleteBatch } from './delete-batch.js'
import { reasonToWithhold, unlisted } from './delete-guards.js'

/** Batches under way at once. */
const BATCHES_AT_ONCE = 4

/**
 * What a run deletes, once, at its end (design.md, decision 3): what was kept for it while the pairs were listed, if `state` lets it. Nothing
 * where nothing was asked or found.
 */
export function deletes(run: Run, state: RunState): Observable<SyncEvent> {
  const { deletes: asked, pairs } = run.plan
  if (asked === undefined || overall(state).deletesPlanned === 0 || state.withheld !== undefined) return EMPTY
  const reason = reasonToWithhold(state, asked)
  if (reason !== undefined) return of<SyncEvent>({ type: 'deletes-withheld', ...at(run), ...reason })
  const pairDeletes = (pair: BucketPair): Observable<SyncEvent> => {
    const found = losing(state, pair)
    if (found === undefined) return EMPTY
    if (found.status !== 'completed') return of<SyncEvent>({ type: 'deletes-withheld', ...at(run), ...unlisted(found) })
    const way = wayOf(run, pair)
    return deleteThose(run, pair, (key) => !way.needs(key))
  }
  return from(pairs).pipe(mergeMap(pairDeletes, 1))
}

/**
 * Before that, under the same guards: deletes what stands in the way of copies, then makes those. They do not count as failed until then, or
 * what they wait for would never go. Where it may not be deleted they fail.
 */
export function makeWay(run: Run, state: RunState): Observable<SyncEvent> {
  const { blocked = [], plan } = run
  if (plan.deletes === undefined || blocked.length === 0) return EMPTY
  const failed = from(blocked.map((one) => stillBlocked(run, one)))
  if (overall(state).deletesPlanned === 0) return failed
  const reason = reasonToWithhold(state, plan.deletes)
  if (reason !== undefined) return concat(of<SyncEvent>({ type: 'deletes-withheld', ...at(run), ...reason }), failed)
  const cleared = (pair: BucketPair): Observable<SyncEvent> => {
    const way = wayOf(run, pair)
    if (way.isFree || losing(state, pair)?.status !== 'completed') return EMPTY
    return deleteThose(run, pair, (key) => way.needs(key))
  }
  const copied = from(blocked).pipe(mergeMap(({ retry }) => retry(), plan.workers))
  return concat(from(plan.pairs).pipe(mergeMap(cleared, 1)), copied)
}

/** What a pair came to, where its target has something to be deleted. What was kept for it before it started anew, sorted, counts no more. */
function losing({ pairs }: RunState, pair: BucketPair): PairState | undefined {
  return pairs.find((one) => samePair(one.pair, pair) && one.totals.deletesPlanned > 0)
}

function wayOf({ blocked = [] }: Run, pair: BucketPair): BlockingKeys {
  return new BlockingKeys(blocked.filter((one) => samePair(one.pair, pair)).map(({ targetKey }) => targetKey))
}

function stillBlocked(run: Run, { pair, key, size, failure }: BlockedCopy): SyncEvent {
  return copyFailed(run, { ...at(run), pair, key, size }, 1, failure)
}

/** Deletes those that are chosen of what was kept for a pair; a dry run tells them. */
function deleteThose(run: Run, pair: BucketPair, isChosen: (key: string) => boolean): Observable<SyncEvent> {
  const batches = run.candidates.batches(run.plan.pairs.indexOf(pair))
  const pages = (async function* () {
    for await (const batch of batches) yield [batch.map(({ key }) => key).filter(isChosen)]
  })()
  return fanOut(pages, BATCHES_AT_ONCE, (keys) => (run.plan.dryRun ? planned(run, pair, keys) : deleteBatch(run, pair, keys)))
}

function planned(run: Run, pair: BucketPair, keys: readonly string[]): Observable<SyncEvent> {
  return from(keys.map((key): SyncEvent => ({ type: 'delete-planned', ...at(run), pair, key })))
}
