import type { RunState } from '../../pipeline/state/run-state.js'
import { steadyNow } from '../../io/steady-clock.js'
import { summarize } from '../../pipeline/state/summary.js'
import type { Outputs } from '../run/open-reporters.js'
import type { ExitCode } from '../run/process-context.js'
import { ResultNotWritten } from '../run/result-not-written.js'
import type { IdleRun } from './preview-run.js'

/** Reports a run with nothing to do on all outputs, as if it had run. Nothing is written, so there is no journal. */
export async function reportIdle({ state, reported }: IdleRun, outputs: Outputs): Promise<ExitCode> {
  const { started } = state
  if (started === undefined) throw new Error('a preview without run-started')
  const event = { ...started, dryRun: false }
  const ended: RunState = { ...state, started: event }
  const summary = summarize(ended, steadyNow())
  try {
    for (const each of [event, ...reported]) outputs.event({ event: each, state: ended, progress: false })
    outputs.finish(summary)
    await outputs.flushed()
  } finally {
    outputs.dispose()
  }
  if (outputs.failed !== undefined) throw new ResultNotWritten(outputs.failed, summary)
  return summary.exitCode
}
