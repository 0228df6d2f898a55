import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { asyncScheduler, defer, EMPTY, fromEvent, lastValueFrom, merge, mergeMap, type Observable, of, tap } from 'rxjs'
import { newChecksum, newMd5 } from '../../io/hashers.js'
import type { Sorter } from '../../pipeline/run/run-files.js'
import type { Candidates } from '../../pipeline/run/run-files.js'
import type { Interrupt, Notice, RunEnvironment } from '../../pipeline/run/run-context.js'
import type { SyncPlan } from '../../pipeline/plan/sync-plan.js'
import { summarize, type Summary } from '../../pipeline/state/summary.js'
import { sync } from '../../pipeline/sync.js'
import type { Stores } from '../../pipeline/ports/stores.js'
import type { KeptRun } from './run-journal.js'
import type { Outputs } from './open-reporters.js'
import { interruptOf, type Surroundings } from './process-context.js'

/** How long uploads that must be aborted may hold up the end of a run, ms; less after Ctrl+C, since a person waits. */
const CLEANING_UP = { usually: 30_000, interrupted: 1_000 }

/** A run that is ready to start. */
export interface Job {
  readonly plan: SyncPlan
  readonly stores: Stores
  readonly sorter: Sorter
  readonly candidates: Candidates
  readonly named?: AsyncIterable<readonly string[]>
  readonly notices: Observable<Notice>
  /** Absent: nothing of it outlives this process. */
  readonly kept?: KeptRun
}

/** Runs a job, shows it on all outputs, and hands back how it ended. */
export async function execute(job: Job, outputs: Outputs, s: Surroundings): Promise<Summary> {
  const cleaning = new Set<Promise<void>>()
  const inBackground = (work: Promise<void>): void => {
    const tracked = work.finally(() => cleaning.delete(tracked))
    cleaning.add(tracked)
  }
  const moments = sync(job.plan, worldOf(job, s, inBackground))
  try {
    const shown = moments.pipe(
      tap((moment) => {
        outputs.event(moment)
      }),
    )
    const { state } = await lastValueFrom(shown)
    const summary = { ...summarize(state, Date.now()), ...(job.kept && { journal: job.kept.place.journal }) }
    outputs.finish(summary)
    const patience = summary.status === 'interrupted' ? CLEANING_UP.interrupted : CLEANING_UP.usually
    await Promise.race([Promise.all(cleaning), sleep(patience, undefined, { ref: false })])
    await outputs.flushed()
    return summary
  } finally {
    outputs.dispose()
  }
}

/** The world of a job. */
export function worldOf(
  { plan: _of, kept, ...world }: Job,
  s: Surroundings,
  inBackground: RunEnvironment['inBackground'],
): RunEnvironment {
  const journal = kept && { journal: kept.journal, ...(kept.resumed && { resumed: kept.resumed }) }
  return {
    ...world,
    ...journal,
    interrupts: interruptsOf(s),
    inBackground,
    scheduler: asyncScheduler,
    random: Math.random,
    busy,
    newHasher: newMd5,
    newChecksum,
  }
}

function busy(): number {
  return performance.eventLoopUtilization().active
}

/** A signal that came before the run counts as well. */
function interruptsOf(s: Surroundings): Observable<Interrupt> {
  const now = (): Observable<Interrupt> => {
    const interrupt = interruptOf(s)
    return interrupt === undefined ? EMPTY : of(interrupt)
  }
  return merge(defer(now), fromEvent(s.interrupted, 'abort').pipe(mergeMap(now)))
}
