import { from, lastValueFrom, NEVER, takeUntil, tap } from 'rxjs'
import type { Rate } from '../../pipeline/transfer/request-estimate.js'
import type { SyncPlan } from '../../pipeline/plan/sync-plan.js'
import { overall } from '../../pipeline/state/run-state.js'
import { summarize } from '../../pipeline/state/summary.js'
import { sync } from '../../pipeline/sync.js'
import { Cancelled } from '../../prompts/cancelled.js'
import type { Questions } from '../../prompts/questions.js'
import { estimateLines } from '../../reporters/estimate-text.js'
import { outcomeText } from '../../reporters/text-format.js'
import type { Screen } from '../../reporters/screen.js'
import { type RunJob, environmentOf } from '../run/run-job.js'
import type { ProcessContext } from '../run/process-context.js'

/**
 * Does a dry run and returns lines about what the run would do, for the confirmation. A key stops it; then there are no lines.
 * @throws {Cancelled} on Ctrl+C
 */
export async function previewRun(
  job: RunJob,
  rate: Rate | undefined,
  questions: Questions,
  screen: Screen,
  proc: ProcessContext,
): Promise<string[]> {
  const plan: SyncPlan = { ...job.plan, dryRun: true, tellSkips: false }
  const watch = questions.watchKey()
  let stopped: 'key' | 'leave' | undefined
  const stop = from(watch.pressed).pipe(tap((what) => (stopped = what)))
  const environment = { ...environmentOf(job, proc, () => undefined), notices: NEVER }
  try {
    const moments = sync(plan, environment).pipe(
      tap(({ state, progress: due }) => {
        if (due) screen.live?.draw(`Checking: ${outcomeText(overall(state), true)} (any key stops)`.slice(0, screen.columns - 1))
      }),
      takeUntil(stop),
    )
    const { state } = await lastValueFrom(moments)
    if (stopped === 'leave') throw new Cancelled()
    const summary = summarize(state, Date.now())
    return stopped === undefined && summary.status === 'dry-run' ? estimateLines(summary, rate) : []
  } finally {
    screen.live?.clear()
    watch.release()
  }
}
