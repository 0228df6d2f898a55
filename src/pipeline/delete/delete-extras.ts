import { concat, EMPTY, from, mergeMap, type Observable, of } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { fanOut } from '../flow/fan-out.js'
import { type BucketPair, samePair } from '../ports/bucket-pair.js'
import type { BlockedCopy } from '../run/blocked-copy.js'
import { at, type Run } from '../run/run-context.js'
import { overall, type PairState, type RunState } from '../state/run-state.js'
import { copyFailed } from '../transfer/case-conflict.js'
import { BlockingKeys } from '../transfer/blocking-keys.js'
import { deleteBatch } from './delete-batch.js'
import { reasonToWithhold, unlisted } from './delete-guards.js'

/** Maximum number of delete batches in progress at once. */
const BATCHES_AT_ONCE = 4

/**
 * Deletes the candidates that were saved during listing, unless a guard withholds them. Runs once, at the end of the run: only then is it
 * known whether every listing and copy succeeded.
 */
export function deletes(run: Run, state: RunState): Observable<SyncEvent> {
  const { deletes: asked, pairs } = run.plan
  if (asked === undefined || overall(state).deletesPlanned === 0 || state.withheld !== undefined) return EMPTY
  const reason = reasonToWithhold(state, asked)
  if (reason !== undefined) return of<SyncEvent>({ type: 'deletes-withheld', ...at(run), ...reason })
  const pairDeletes = (pair: BucketPair): Observable<SyncEvent> => {
    const found = pairWithDeletes(state, pair)
    if (found === undefined) return EMPTY
    if (found.status !== 'completed') return of<SyncEvent>({ type: 'deletes-withheld', ...at(run), ...unlisted(found) })
    const blocking = blockingKeysOf(run, pair)
    return deleteCandidates(run, pair, (key) => !blocking.needs(key))
  }
  return from(pairs).pipe(mergeMap(pairDeletes, 1))
}

/**
 * Deletes target objects that block copies, then retries those copies. Runs before {@link deletes}, under the same guards. Blocked copies
 * do not count as failed before this step: otherwise the guard for failed copies would prevent the deletes. They fail if a guard applies.
 */
export function deleteBlocking(run: Run, state: RunState): Observable<SyncEvent> {
  const { blocked = [], plan } = run
  if (plan.deletes === undefined || blocked.length === 0) return EMPTY
  const failed = from(blocked.map((one) => stillBlocked(run, one)))
  if (overall(state).deletesPlanned === 0) return failed
  const reason = reasonToWithhold(state, plan.deletes)
  if (reason !== undefined) return concat(of<SyncEvent>({ type: 'deletes-withheld', ...at(run), ...reason }), failed)
  const cleared = (pair: BucketPair): Observable<SyncEvent> => {
    const blocking = blockingKeysOf(run, pair)
    if (blocking.isFree || pairWithDeletes(state, pair)?.status !== 'completed') return EMPTY
    return deleteCandidates(run, pair, (key) => blocking.needs(key))
  }
  const copied = from(blocked).pipe(mergeMap(({ retry }) => retry(), plan.workers))
  return concat(from(plan.pairs).pipe(mergeMap(cleared, 1)), copied)
}

/** State of a pair with planned deletes. Candidates saved before the pair was listed again in sorted order do not count. */
function pairWithDeletes({ pairs }: RunState, pair: BucketPair): PairState | undefined {
  return pairs.find((one) => samePair(one.pair, pair) && one.totals.deletesPlanned > 0)
}

function blockingKeysOf({ blocked = [] }: Run, pair: BucketPair): BlockingKeys {
  return new BlockingKeys(blocked.filter((one) => samePair(one.pair, pair)).map(({ targetKey }) => targetKey))
}

function stillBlocked(run: Run, { pair, key, size, failure }: BlockedCopy): SyncEvent {
  return copyFailed(run, { ...at(run), pair, key, size }, 1, failure)
}

/** Deletes the chosen candidates of a pair; a dry run only reports them. */
function deleteCandidates(run: Run, pair: BucketPair, isChosen: (key: string) => boolean): Observable<SyncEvent> {
  const batches = run.candidates.batches(run.plan.pairs.indexOf(pair))
  const pages = (async function* () {
    for await (const batch of batches) yield [batch.map(({ key }) => key).filter(isChosen)]
  })()
  return fanOut(pages, BATCHES_AT_ONCE, (keys) => (run.plan.dryRun ? planned(run, pair, keys) : deleteBatch(run, pair, keys)))
}

function planned(run: Run, pair: BucketPair, keys: readonly string[]): Observable<SyncEvent> {
  return from(keys.map((key): SyncEvent => ({ type: 'delete-planned', ...at(run), pair, key })))
}
