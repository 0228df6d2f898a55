import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { defer, EMPTY, fromEvent, lastValueFrom, merge, mergeMap, type Observable, of, tap } from 'rxjs'
import { newChecksum, newMd5 } from '../../io/hashers.js'
import type { Sorter } from '../../pipeline/run/run-files.js'
import type { Candidates } from '../../pipeline/run/run-files.js'
import type { Interrupt, Notice, RunEnvironment } from '../../pipeline/run/run-context.js'
import type { SyncPlan } from '../../pipeline/plan/sync-plan.js'
import { summarize, type Summary } from '../../pipeline/state/summary.js'
import { sync } from '../../pipeline/sync.js'
import type { Stores } from '../../pipeline/ports/stores.js'
import type { JournaledRun } from './run-journal.js'
import { steadyNow, steadyScheduler } from '../../io/steady-clock.js'
import type { Outputs } from './open-reporters.js'
import { interruptOf, type ProcessContext } from './process-context.js'

/** How long aborting uploads may delay the end of a run, ms; less after Ctrl+C, since the user waits. */
const CLEANING_UP = { usually: 30_000, interrupted: 1_000 }

/** A run that is ready to start. */
export interface RunJob {
  readonly plan: SyncPlan
  readonly stores: Stores
  readonly sorter: Sorter
  readonly candidates: Candidates
  readonly named?: AsyncIterable<readonly string[]>
  readonly notices: Observable<Notice>
  /** Absent: the run has no journal. */
  readonly journaled?: JournaledRun
}

/** Runs a job, shows it on all outputs, and returns its summary. */
export async function runJob(job: RunJob, outputs: Outputs, proc: ProcessContext): Promise<Summary> {
  const cleaning = new Set<Promise<void>>()
  const inBackground = (work: Promise<void>): void => {
    const tracked = work.finally(() => cleaning.delete(tracked))
    cleaning.add(tracked)
  }
  const moments = sync(job.plan, environmentOf(job, proc, inBackground))
  try {
    const shown = moments.pipe(
      tap((moment) => {
        outputs.event(moment)
      }),
    )
    const { state } = await lastValueFrom(shown)
    const summary = { ...summarize(state, steadyNow()), ...(job.journaled && { journal: job.journaled.place.journal }) }
    outputs.finish(summary)
    const timeout = summary.status === 'interrupted' ? CLEANING_UP.interrupted : CLEANING_UP.usually
    await Promise.race([Promise.all(cleaning), sleep(timeout, undefined, { ref: false })])
    await outputs.flushed()
    return summary
  } finally {
    outputs.dispose()
  }
}

/** The environment of a job for the pipeline. */
export function environmentOf(
  { plan: _of, journaled, ...rest }: RunJob,
  proc: ProcessContext,
  inBackground: RunEnvironment['inBackground'],
): RunEnvironment {
  const journal = journaled && { journal: journaled.journal, ...(journaled.resumed && { resumed: journaled.resumed }) }
  return {
    ...rest,
    ...journal,
    interrupts: interruptsOf(proc),
    inBackground,
    scheduler: steadyScheduler,
    random: Math.random,
    busy,
    newHasher: newMd5,
    newChecksum,
  }
}

function busy(): number {
  return performance.eventLoopUtilization().active
}

/** Also emits a signal that was received before the run. */
function interruptsOf(proc: ProcessContext): Observable<Interrupt> {
  const now = (): Observable<Interrupt> => {
    const interrupt = interruptOf(proc)
    return interrupt === undefined ? EMPTY : of(interrupt)
  }
  return merge(defer(now), fromEvent(proc.interrupted, 'abort').pipe(mergeMap(now)))
}
