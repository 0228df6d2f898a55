import { concat, defer, EMPTY, from, mergeMap, Observable, of } from 'rxjs'
import { abortable } from './abortable.js'
import { backUp } from './backup.js'
import { type Failure, StoreError } from './errors.js'
import type { DeletesWithheld, SyncEvent } from './events.js'
import { fanOut } from './fan-out.js'
import type { Listener } from './move.js'
import type { NotDeleted } from './ports.js'
import { keyOf, tailOf } from './prefix.js'
import { CURED_BY_REPEATING, type Report, retrying } from './retry.js'
import { at, type Deletes, type Run } from './run.js'
import { type BucketPair, samePair } from './shards.js'
import { sided } from './sided.js'
import { overall, type PairState, type RunState } from './state.js'

/** Batches under way at once. */
const BATCHES_AT_ONCE = 4

/**
 * What a run deletes, once, at its end (design.md, decision 3): what was kept for it while the pairs were listed, if `state` lets it. Nothing
 * where nothing was asked or found.
 */
export function deletes(run: Run, state: RunState): Observable<SyncEvent> {
  const { deletes: asked, pairs, dryRun } = run.plan
  if (asked === undefined || overall(state).deletesPlanned === 0) return EMPTY
  const reason = withheld(state, asked)
  if (reason !== undefined) return of<SyncEvent>({ type: 'deletes-withheld', ...at(run), ...reason })
  const pairDeletes = (pair: BucketPair, index: number): Observable<SyncEvent> => {
    const found = state.pairs.find((one) => samePair(one.pair, pair))
    // What was kept for a pair before it started anew, sorted, counts no more.
    if (found === undefined || found.totals.deletesPlanned === 0) return EMPTY
    if (found.status !== 'completed') return of<SyncEvent>({ type: 'deletes-withheld', ...at(run), ...unlisted(found) })
    const batches = run.candidates.batches(index)
    const pages = (async function* () {
      for await (const batch of batches) yield [batch.map(({ key }) => key)]
    })()
    return fanOut(pages, BATCHES_AT_ONCE, (keys) => (dryRun ? planned(run, pair, keys) : deleteBatch(run, pair, keys)))
  }
  return from(pairs).pipe(mergeMap(pairDeletes, 1))
}

type Reason = Omit<DeletesWithheld, 'type' | 'at'>

/**
 * Why nothing may be deleted, given all that happened before. Pure; the first row that fits counts.
 *
 * | what happened                                            | lifted by              | cause            |
 * |----------------------------------------------------------|------------------------|------------------|
 * | a listing did not come to its end                        | `--ignore-errors` (*)  | `listing-failed` |
 * | an object could not be copied                            | `--ignore-errors`      | `copies-failed`  |
 * | a pair was listed out of order, and something would go   |                        | `unordered`      |
 * | a pair's source lists nothing, and something would go    | `--allow-empty-source` | `source-empty`   |
 * | more than so many per cent of a pair's target would go   |                        | `too-many`       |
 * | more than so many objects of all would go                |                        | `too-many`       |
 *
 * (*) For the other pairs: of one whose listing failed nobody knows what the source does not have.
 */
export function withheld(state: RunState, { atMost, ignoreErrors, allowEmptySource }: Deletes): Reason | undefined {
  const { failed, deletesPlanned: objects } = overall(state)
  const about = (cause: Reason['cause'], found: PairState | undefined): Reason | undefined =>
    found === undefined ? undefined : { cause, pair: found.pair, objects }
  const losing = state.pairs.filter(({ totals, status }) => totals.deletesPlanned > 0 && status === 'completed')
  const going = losing.reduce((sum, { totals }) => sum + totals.deletesPlanned, 0)
  const isTooMuch = ({ totals, there }: PairState): boolean =>
    'percent' in atMost && totals.deletesPlanned * 100 > atMost.percent * there
  return (
    about('listing-failed', ignoreErrors && going > 0 ? undefined : state.pairs.find(({ status }) => status !== 'completed')) ??
    (failed > 0 && !ignoreErrors ? { cause: 'copies-failed', objects } : undefined) ??
    about(
      'unordered',
      losing.find(({ unordered }) => unordered),
    ) ??
    about('source-empty', allowEmptySource ? undefined : losing.find(({ totals }) => totals.listed === 0)) ??
    about('too-many', losing.find(isTooMuch)) ??
    ('objects' in atMost && going > atMost.objects ? { cause: 'too-many', objects } : undefined)
  )
}

function unlisted({ pair, totals }: PairState): Reason {
  return { cause: 'listing-failed', pair, objects: totals.deletesPlanned }
}

function planned(run: Run, pair: BucketPair, keys: readonly string[]): Observable<SyncEvent> {
  return from(keys.map((key): SyncEvent => ({ type: 'delete-planned', ...at(run), pair, key })))
}

/** Deletes a batch of a pair: where there are backups, only what was copied to them. Failures are events. */
function deleteBatch(run: Run, pair: BucketPair, keys: readonly string[]): Observable<SyncEvent> {
  const { plan, stores } = run
  const { bucket } = pair.target
  const checked: string[] = []
  const checkedAgain = (key: string) => {
    let found: StillExtra = 'extra'
    return settling(run, pair, [key], {
      work: async (_keys, _listener, signal) => {
        found = await stillExtra(run, pair, key, signal)
        return []
      },
      done: () => {
        if (found === 'extra') checked.push(key)
        return found === 'wanted' ? { type: 'delete-withdrawn', ...at(run), pair, key } : undefined
      },
    })
  }
  const kept: string[] = []
  const backedUp = (key: string) =>
    settling(run, pair, [key], {
      work: (_keys, listener, signal) => backUp(run, pair, key, listener, signal).then(() => []),
      done: () => {
        kept.push(key)
        return undefined
      },
    })
  const deleted = (left: readonly string[]) =>
    settling(run, pair, left, {
      work: (some, _listener, signal) => sided('target', stores.target.deleteObjects({ bucket, keys: some, signal })),
      done: (key) => ({ type: 'object-deleted', ...at(run), pair, key }),
    })
  const each = (some: readonly string[], work: (key: string) => Observable<SyncEvent>) =>
    from(some).pipe(mergeMap(work, plan.workers))
  const carriedOut = (extras: readonly string[]): Observable<SyncEvent> =>
    plan.backupPrefix === undefined
      ? deleted(extras)
      : concat(
          each(extras, backedUp),
          defer(() => deleted(kept)),
        )
  if (run.resumed === undefined) return carriedOut(keys)
  return concat(
    each(keys, checkedAgain),
    defer(() => carriedOut(checked)),
  )
}

/** What has become of something to be deleted that an earlier process found: the source may have it by now, or it was deleted already. */
type StillExtra = 'extra' | 'wanted' | 'gone'

async function stillExtra({ stores }: Run, pair: BucketPair, key: string, signal: AbortSignal): Promise<StillExtra> {
  const { source, target } = stores
  const sourceKey = keyOf(pair.source, tailOf(pair.target, key))
  if (sourceKey !== undefined) {
    const ref = { bucket: pair.source.bucket, key: sourceKey, signal }
    const isThere = await sided('source', source.head(ref)).then(() => true, unlessMissing)
    if (isThere || (source.hides !== undefined && (await sided('source', source.hides(ref))))) return 'wanted'
  }
  const isLeft = await sided('target', target.head({ bucket: pair.target.bucket, key, signal })).then(() => true, unlessMissing)
  return isLeft ? 'extra' : 'gone'
}

function unlessMissing(error: unknown): false {
  if (error instanceof StoreError && error.failure.code === 'NoSuchKey') return false
  throw error
}

/** Something to be done with objects of a target, one attempt of it. */
interface Step {
  /** Answers with those it could not do it with; fails where it could with none. */
  readonly work: (keys: readonly string[], listener: Listener, signal: AbortSignal) => Promise<readonly NotDeleted[]>
  readonly done: (key: string) => SyncEvent | undefined
}

/** Does a step with all of the objects: what another attempt may cure is tried again, with the rest it is done. */
function settling(run: Run, pair: BucketPair, keys: readonly string[], { work, done }: Step): Observable<SyncEvent> {
  if (keys.length === 0) return EMPTY
  return new Observable<SyncEvent>((subscriber) => {
    const { how, permits } = run
    let left = keys
    const failed = (key: string, failure: Failure): void => {
      subscriber.next({ type: 'delete-failed', ...at(run), pair, key, failure: { ...failure, side: 'target' } })
    }
    const report: Report = (failure, attempt, waitMs) => {
      subscriber.next({ type: 'deletes-retried', ...at(run), pair, attempt, waitMs, failure })
    }
    const listener: Listener = { report, tell: (event) => subscriber.next(event) }
    const attempt = async (signal: AbortSignal): Promise<void> => {
      const refused = new Map((await work(left, listener, signal)).map(({ key, failure }) => [key, failure]))
      const again: string[] = []
      for (const key of left) {
        const failure = refused.get(key)
        const event = failure === undefined ? done(key) : undefined
        if (event !== undefined) subscriber.next(event)
        if (failure !== undefined && CURED_BY_REPEATING.has(failure.kind)) again.push(key)
        else if (failure !== undefined) failed(key, failure)
      }
      left = again
      how.pace.answered('accepted')
      const first = again[0] === undefined ? undefined : refused.get(again[0])
      if (first !== undefined) throw new StoreError(first)
    }
    const settled = retrying(() => permits.hold(how.pace.paced(abortable(attempt))), how, report)
    return settled.subscribe({
      complete: () => subscriber.complete(),
      error: (error: unknown) => {
        if (!(error instanceof StoreError)) {
          subscriber.error(error)
          return
        }
        for (const key of left) failed(key, error.failure)
        subscriber.complete()
      },
    })
  })
}
