import { setTimeout as sleep } from 'node:timers/promises'
import { asyncScheduler, lastValueFrom, type Observable, tap } from 'rxjs'
import type { Sorter } from '../pipeline/ports.js'
import { progress } from '../pipeline/progress.js'
import type { Notice, SyncPlan } from '../pipeline/run.js'
import { summarize, type Summary } from '../pipeline/summary.js'
import { sync } from '../pipeline/sync.js'
import type { Stores } from '../pipeline/transfer.js'
import type { Outputs } from './outputs.js'
import type { Surroundings } from './surroundings.js'

/** How long uploads that must be aborted may hold up the end of a run, ms; less after Ctrl+C, since a person waits. */
const CLEANING_UP = { usually: 30_000, interrupted: 1_000 }

/** A run that is ready to start. */
export interface Job {
  readonly plan: SyncPlan
  readonly stores: Stores
  readonly sorter: Sorter
  readonly notices: Observable<Notice>
}

/** Runs a job, shows it on all outputs, and hands back how it ended. */
export async function execute({ plan, ...world }: Job, outputs: Outputs, { interrupts }: Surroundings): Promise<Summary> {
  const cleaning = new Set<Promise<void>>()
  const goOn = (work: Promise<void>): void => {
    const tracked = work.finally(() => cleaning.delete(tracked))
    cleaning.add(tracked)
  }
  const events = sync(plan, { ...world, interrupts, goOn, scheduler: asyncScheduler, random: Math.random })
  try {
    const shown = events.pipe(
      progress(),
      tap((moment) => {
        outputs.event(moment)
      }),
    )
    const summary = summarize((await lastValueFrom(shown)).state, Date.now())
    outputs.finish(summary)
    const patience = summary.status === 'interrupted' ? CLEANING_UP.interrupted : CLEANING_UP.usually
    await Promise.race([Promise.all(cleaning), sleep(patience, undefined, { ref: false })])
    await outputs.flushed()
    return summary
  } finally {
    outputs.dispose()
  }
}
