import {
  concat,
  defer,
  EMPTY,
  from,
  map,
  merge,
  mergeMap,
  type MonoTypeOperatorFunction,
  type Observable,
  of,
  Subject,
  takeUntil,
  tap,
} from 'rxjs'
import { deleteBlocking, deletes } from './delete/delete-extras.js'
import type { EventOf, SyncEvent } from './events/events.js'
import { EVENT_SCHEMA } from './events/reasons.js'
import { limited } from './flow/limited-stores.js'
import { Listers } from './flow/listers.js'
import { RateLimiter } from './flow/rate-limiter.js'
import { Semaphore } from './flow/semaphore.js'
import { changesUnused, withChangedAttributes } from './metadata/changed-attributes.js'
import { tellingTimes } from './metadata/modification-times.js'
import { Globs, selects } from './plan/selection.js'
import type { SyncPlan } from './plan/sync-plan.js'
import { type BucketPair, samePair } from './ports/bucket-pair.js'
import { adapting, FIRST_WORKERS } from './run/autoscale.js'
import { journaling } from './run/journal-events.js'
import { streamsAtOnce, wholeBodies } from './run/memory-budget.js'
import { at, type Run, type RunEnvironment } from './run/run-context.js'
import { untilStopped } from './run/stop-conditions.js'
import { type Moment, progress } from './state/progress.js'
import { hasRemaining } from './state/remaining-work.js'
import type { PairState, RunState } from './state/run-state.js'
import { Fold } from './state/snapshot.js'
import { syncPair } from './sync-pair.js'
import { sweep } from './transfer/abort-uploads.js'
import { verify } from './verify/verify.js'
import { syncVersions } from './versions/sync-versions.js'

/** Maximum number of pairs in progress, so that small pairs need not wait for a large one. They share one worker limit. */
const PAIRS_AT_ONCE = 16

/**
 * Listings of each side at once, in addition to the first of each pair: with a distant server this many are needed to keep one core busy
 * (bench/README.md).
 */
export const LISTERS = 15

/**
 * Runs a plan: listings become decisions, decisions become copies, and everything that happens is an event.
 *
 *     source listing ─┐
 *                     ├─ merge-join ─► decide ─► fan-out ─► attempt ─► events, then deletes ─► fold ─► journal
 *     target listing ─┘
 *
 * Cold. Begins with `run-started` (or `run-resumed`) and ends with `run-finished`; each event comes with the state after it. Expected
 * failures are events; only a bug errors. Unsubscribing cancels all work in progress.
 */
export function sync(plan: SyncPlan, world: RunEnvironment): Observable<Moment> {
  return defer(() => {
    const { scheduler, random } = world
    const { retries, retryDelayMs, workers, adaptive } = plan
    const policy = { retries, retryDelayMs, scheduler, random, rateLimiter: new RateLimiter(scheduler) }
    const permits = new Semaphore(adaptive ? Math.min(FIRST_WORKERS, workers) : workers)
    const gather = wholeBodies(plan.maxMemory, workers)
    const streams = new Semaphore(streamsAtOnce(plan.maxMemory))
    const globs = new Globs(plan.selection)
    const fold = new Fold(world.resumed)
    const learnings = new Subject<SyncEvent>()
    const run: Run = {
      ...world,
      stores: limited(
        plan.keepTimes ? { ...world.stores, source: tellingTimes(world.stores.source) } : world.stores,
        plan.limits,
        scheduler,
      ),
      plan,
      policy,
      permits,
      learned: () => fold.state.learned,
      learn: (event) => learnings.next(event),
      listers: new Listers(LISTERS),
      selects: selects(plan.selection, globs),
      globs,
      noticesGiven: new Set(),
      gather,
      streams,
      openUploads: new Set(world.resumed?.left.uploads),
      blocked: plan.deletes === undefined ? undefined : [],
      backupNotes: new Map(),
      capabilities: new Map(),
    }
    const synchronised = concat(
      from(unfinished(run)).pipe(
        mergeMap((pair) => {
          const changed = withChangedAttributes(run, pair)
          return plan.versions ? syncVersions(changed, pair) : syncPair(changed, pair)
        }, PAIRS_AT_ONCE),
      ),
      defer(() => deleteBlocking(run, fold.state)),
      defer(() => deletes(run, fold.state)),
      defer(() => sweep(run, fold.snapshot.left.uploads)),
    )
    const verified = defer(() => (plan.verifies === undefined ? EMPTY : verify(run, plan.pairs)))
    const work = plan.verifiesOnly ? verified : concat(synchronised, verified)
    return concat(
      once(() => (run.resumed === undefined ? started(run) : resumed(run))),
      changesUnused(run),
      concat(
        work,
        defer(() => (isWhole(run, fold.state) ? unmatched(run, globs) : EMPTY)),
      ).pipe(adapting(run), mergedWith(run, learnings), untilStopped(run)),
      once(() => ({ type: 'run-finished', ...at(run) })),
    ).pipe(progress(world.resumed?.state), journaling(run, fold))
  })
}

/** The pairs with remaining work. */
function unfinished({ plan, resumed }: Run): readonly BucketPair[] {
  if (resumed === undefined) return plan.pairs
  const { state, left } = resumed
  const isDone = (pair: BucketPair): boolean =>
    state.pairs.some((one) => samePair(one.pair, pair) && one.status === 'completed') &&
    left.pairs.some((one) => samePair(one.pair, pair) && !hasRemaining(one))
  return plan.pairs.filter((pair) => !isDone(pair))
}

/** Whether this process saw everything that was listed: only then is it known which globs matched nothing. */
function isWhole({ plan, resumed }: Run, { pairs }: RunState): boolean {
  const isSeen = ({ status, verified }: PairState): boolean =>
    plan.verifiesOnly ? verified?.isComplete === true : status === 'completed'
  return resumed === undefined && pairs.every(isSeen)
}

function unmatched(run: Run, { unmatched: globs }: Globs): Observable<SyncEvent> {
  return globs.length === 0 ? EMPTY : of({ type: 'globs-unmatched', ...at(run), globs })
}

/** One event, created on subscription. */
function once(event: () => SyncEvent): Observable<SyncEvent> {
  return defer(() => of(event()))
}

/** Merges in events from outside the work: interrupts, notices of the stores, and learned facts. */
function mergedWith(run: Run, learnings: Observable<SyncEvent>): MonoTypeOperatorFunction<SyncEvent> {
  const stopped = run.interrupts.pipe(map((cause): SyncEvent => ({ type: 'run-stopped', ...at(run), cause })))
  const noticed = run.notices.pipe(map((notice): SyncEvent => ({ type: 'notice-given', ...at(run), ...notice })))
  return (events) =>
    defer(() => {
      const over = new Subject<void>()
      const outside = merge(stopped, noticed, learnings).pipe(takeUntil(over))
      return merge(outside, events.pipe(tap({ complete: () => over.next() })))
    })
}

function started({ plan, scheduler }: Run): EventOf<'run-started'> {
  const { run, source, target, pairs, dryRun, workers, verifiesOnly } = plan
  const only = verifiesOnly ? { verifiesOnly } : {}
  return { type: 'run-started', schema: EVENT_SCHEMA, at: scheduler.now(), run, source, target, pairs, dryRun, ...only, workers }
}

function resumed(run: Run): EventOf<'run-resumed'> {
  return { type: 'run-resumed', ...at(run), workers: run.plan.workers }
}
