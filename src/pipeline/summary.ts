import { overall, type ObjectFailure, type PairState, type RunState, type Totals } from './state.js'
import type { Failure } from './errors.js'

export type RunStatus = 'completed' | 'partial' | 'failed' | 'refused' | 'different' | 'interrupted' | 'dry-run'

/** How a run ended: what renderers print and what the exit code is read from. */
export interface Summary {
  readonly run: string
  readonly status: RunStatus
  readonly exitCode: 0 | 1 | 3 | 130 | 143
  readonly source: string
  readonly target: string
  /** ms since the epoch */
  readonly startedAt: number
  readonly finishedAt: number
  readonly totals: Totals
  readonly pairs: readonly PairState[]
  readonly failures: readonly ObjectFailure[]
  readonly failuresOmitted: number
  /** Why the run could not go on: a failed listing or what stopped it. */
  readonly failure?: Failure
  /** How fast it was allowed to go, where that changed on the way. */
  readonly pace?: NonNullable<RunState['pace']>
}

/** Reads the summary off the state. `now` (ms) stands in for the end of a run that has not finished. */
export function summarize(state: RunState, now: number): Summary {
  const { started } = state
  if (started === undefined) throw new Error('a run without run-started has no summary')
  const totals = overall(state)
  const failure = state.stopped?.failure ?? state.pairs.find((pair) => pair.failure !== undefined)?.failure
  return {
    run: started.run,
    ...verdict(state, totals),
    source: started.source,
    target: started.target,
    startedAt: started.at,
    finishedAt: state.finishedAt ?? now,
    totals,
    pairs: state.pairs,
    failures: state.failures,
    failuresOmitted: totals.failed - state.failures.length,
    ...(failure === undefined ? {} : { failure }),
    ...(state.pace === undefined ? {} : { pace: state.pace }),
  }
}

/** Where several hold: interrupted, then could not go on, then failed objects (cli.md, exit codes). */
function verdict(state: RunState, totals: Totals): Pick<Summary, 'status' | 'exitCode'> {
  if (state.stopped?.cause === 'SIGINT') return { status: 'interrupted', exitCode: 130 }
  if (state.stopped?.cause === 'SIGTERM') return { status: 'interrupted', exitCode: 143 }
  if (state.stopped?.cause === 'fatal' || state.pairs.some((pair) => pair.status === 'failed'))
    return { status: 'failed', exitCode: 3 }
  if (totals.failed > 0) return { status: 'partial', exitCode: 1 }
  return { status: state.started?.dryRun === true ? 'dry-run' : 'completed', exitCode: 0 }
}
