import { from, lastValueFrom, NEVER, takeUntil, tap } from 'rxjs'
import type { Rate } from '../../pipeline/transfer/request-estimate.js'
import type { SyncPlan } from '../../pipeline/plan/sync-plan.js'
import { overall } from '../../pipeline/state/run-state.js'
import { summarize } from '../../pipeline/state/summary.js'
import { sync } from '../../pipeline/sync.js'
import { Cancelled } from '../../prompts/cancelled.js'
import type { Questions } from '../../prompts/questions.js'
import { estimate } from '../../reporters/estimate-text.js'
import { outcome } from '../../reporters/text-format.js'
import type { Screen } from '../../reporters/screen.js'
import { type Job, worldOf } from '../run/run-to-end.js'
import type { Surroundings } from '../run/process-context.js'

/**
 * What a run would do, found out by a dry run of it, in lines for a person who is to say yes. A key stops looking: then there are none.
 * @throws {Cancelled} on Ctrl+C
 */
export async function lookAhead(
  job: Job,
  rate: Rate | undefined,
  questions: Questions,
  screen: Screen,
  s: Surroundings,
): Promise<string[]> {
  const plan: SyncPlan = { ...job.plan, dryRun: true, tellSkips: false }
  const watch = questions.watchKey()
  let stopped: 'key' | 'leave' | undefined
  const stop = from(watch.pressed).pipe(tap((what) => (stopped = what)))
  const world = { ...worldOf(job, s, () => undefined), notices: NEVER }
  try {
    const moments = sync(plan, world).pipe(
      tap(({ state, progress: due }) => {
        if (due) screen.live?.draw(`Checking: ${outcome(overall(state), true)} (any key stops)`.slice(0, screen.columns - 1))
      }),
      takeUntil(stop),
    )
    const { state } = await lastValueFrom(moments)
    if (stopped === 'leave') throw new Cancelled()
    const summary = summarize(state, Date.now())
    return stopped === undefined && summary.status === 'dry-run' ? estimate(summary, rate) : []
  } finally {
    screen.live?.clear()
    watch.release()
  }
}
