import { from, lastValueFrom, takeUntil, tap } from 'rxjs'
import type { SyncEvent } from '../../pipeline/events/events.js'
import type { Rate } from '../../pipeline/transfer/request-estimate.js'
import type { SyncPlan } from '../../pipeline/plan/sync-plan.js'
import { overall, type RunState } from '../../pipeline/state/run-state.js'
import { summarize, type Summary } from '../../pipeline/state/summary.js'
import { sync } from '../../pipeline/sync.js'
import { steadyNow } from '../../io/steady-clock.js'
import { Cancelled } from '../../prompts/cancelled.js'
import type { Questions } from '../../prompts/questions.js'
import { palette } from '../../reporters/colors.js'
import { deletesWithheldAdvice } from '../../reporters/delete-text.js'
import { estimateLines } from '../../reporters/estimate-text.js'
import { eventLine } from '../../reporters/event-lines.js'
import { outcomeText } from '../../reporters/text-format.js'
import type { Screen } from '../../reporters/screen.js'
import { type RunJob, environmentOf } from '../run/run-job.js'
import type { ProcessContext } from '../run/process-context.js'

/** The result of a preview. */
export interface Preview {
  /** For the confirmation; none if the preview was stopped or is incomplete. */
  readonly lines: readonly string[]
  /** Present if the preview is complete and the run would copy and delete nothing. */
  readonly idle?: IdleRun
}

/** A run with nothing to do. */
export interface IdleRun {
  readonly state: RunState
  /** Events to report anyway, such as notices: at most {@link KEPT}. */
  readonly reported: readonly SyncEvent[]
}

/** A run with nothing to do has few events to report; other runs have one for each object. */
const KEPT = 100

/**
 * Does a dry run and returns lines about what the run would do, for the confirmation. It leaves out `--verify`, which comes after the copies.
 * A key stops it; then there are no lines.
 * @throws {Cancelled} on Ctrl+C, SIGINT and SIGTERM
 */
export async function previewRun(
  job: RunJob,
  rate: Rate | undefined,
  questions: Questions,
  screen: Screen,
  proc: ProcessContext,
): Promise<Preview> {
  const { verifies: _later, ...copying } = job.plan
  const plan: SyncPlan = { ...copying, dryRun: true, tellSkips: false }
  const watch = questions.watchKey()
  let stopped: 'key' | 'leave' | undefined
  const stop = from(watch.pressed).pipe(tap((what) => (stopped = what)))
  const reported: SyncEvent[] = []
  const plain = palette(false)
  const environment = environmentOf(job, proc, () => undefined)
  try {
    const moments = sync(plan, environment).pipe(
      tap(({ event, state, progress: due }) => {
        if (reported.length < KEPT && eventLine(event, plain, 'normal') !== undefined) reported.push(event)
        if (due) screen.live?.draw(`Checking: ${outcomeText(overall(state), true)} (any key stops)`.slice(0, screen.columns - 1))
      }),
      takeUntil(stop),
    )
    const { state } = await lastValueFrom(moments)
    if (stopped === 'leave' || proc.interrupted.aborted) throw new Cancelled()
    const summary = summarize(state, steadyNow())
    if (summary.status !== 'dry-run') return { lines: [] }
    const lines = [...estimateLines(summary, rate), ...withheldLines(summary)]
    const { copied, deletesPlanned } = summary.totals
    return copied + deletesPlanned === 0 ? { lines, idle: { state, reported } } : { lines }
  } finally {
    screen.live?.clear()
    watch.release()
  }
}

/** Why the run would not delete, if a guard refuses. */
function withheldLines({ withheld }: Summary): string[] {
  if (withheld === undefined) return []
  const { what, todo } = deletesWithheldAdvice(withheld)
  return [`${what} ${todo}`]
}
