import type { EventOf } from '../events/events.js'
import { addRequests, type RequestCounts } from '../events/request-counts.js'
import type { GlobRule } from '../plan/selection.js'
import type { Failure } from '../ports/failure.js'
import { DELETES_AT_ONCE } from '../ports/object-store.js'
import type { Foreseen, Lost } from './metadata-losses.js'
import { type ObjectFailure, overall, overallVerified, type PairState, type RunState } from './run-state.js'
import type { Totals } from './totals.js'
import type { NamedDifference, Verified } from './verification-totals.js'

export type RunStatus = 'completed' | 'partial' | 'failed' | 'refused' | 'different' | 'interrupted' | 'dry-run'

/** The result of a run: renderers print it, and it contains the exit code. */
export interface Summary {
  readonly run: string
  readonly status: RunStatus
  readonly exitCode: 0 | 1 | 3 | 4 | 5 | 130 | 143
  readonly source: string
  readonly target: string
  /** ms since the epoch */
  readonly startedAt: number
  readonly finishedAt: number
  readonly totals: Totals
  /** Number of objects that could not be deleted. */
  readonly deletesFailed: number
  readonly pairs: readonly PairState[]
  readonly failures: readonly ObjectFailure[]
  readonly failuresOmitted: number
  /** Why the run could not continue: a failed listing, or the failure that stopped it. */
  readonly failure?: Failure
  /** For a dry run: the requests that the run would need. */
  readonly requests?: RequestCounts
  /** The run only compared. */
  readonly verifiesOnly: boolean
  /** The comparison of source and target, where it was requested. */
  readonly verified?: Verified
  readonly differences: readonly NamedDifference[]
  /** Metadata that objects lost; absent if nothing was lost. */
  readonly lost?: Lost
  /** For a dry run: metadata of the first objects that could be lost. */
  readonly sample?: Foreseen
  /** Path of the journal; absent if there is none. */
  readonly journal?: string
  /** Time of the last resume, ms since the epoch. */
  readonly resumedAt?: number
  /** Globs that matched nothing. */
  readonly unmatched: readonly GlobRule[]
  /** Why planned deletes did not happen. */
  readonly withheld?: EventOf<'deletes-withheld'>
  /** Workers and rate, if they changed. */
  readonly pace?: NonNullable<RunState['pace']>
}

/** Computes the summary of a state. `now` (ms) is used as the end of a run that has not finished. */
export function summarize(state: RunState, now: number): Summary {
  const { started } = state
  if (started === undefined) throw new Error('a run without run-started has no summary')
  const totals = overall(state)
  const deletesFailed = state.pairs.reduce((sum, pair) => sum + pair.deletesFailed, 0)
  const verified = overallVerified(state)
  const failed = totals.failed + deletesFailed + (verified?.failed ?? 0)
  const failure = state.stopped?.failure ?? state.pairs.find((pair) => pair.failure !== undefined)?.failure
  return {
    run: started.run,
    ...verdict(state, failed),
    source: started.source,
    target: started.target,
    startedAt: started.at,
    finishedAt: state.finishedAt ?? now,
    totals,
    deletesFailed,
    pairs: state.pairs,
    failures: state.failures,
    failuresOmitted: failed - state.failures.reduce((sum, { versions = 1 }) => sum + versions, 0),
    ...(verified === undefined ? {} : { verified }),
    verifiesOnly: started.verifiesOnly === true,
    differences: state.differences ?? [],
    unmatched: state.unmatched ?? [],
    ...(state.lost === undefined ? {} : { lost: state.lost }),
    ...(state.sample === undefined ? {} : { sample: state.sample }),
    ...(failure === undefined ? {} : { failure }),
    ...(state.started?.dryRun === true ? { requests: planned(state) } : {}),
    ...(state.resumedAt === undefined ? {} : { resumedAt: state.resumedAt }),
    ...(state.withheld === undefined ? {} : { withheld: state.withheld }),
    ...(state.pace === undefined ? {} : { pace: state.pace }),
  }
}

/** If several apply, in this order: interrupted, could not continue, refused by a guard, failed objects (cli.md, exit codes). */
function verdict(state: RunState, failed: number): Pick<Summary, 'status' | 'exitCode'> {
  // The process was killed, or is still running.
  if (state.finishedAt === undefined) return { status: 'interrupted', exitCode: 130 }
  if (state.stopped?.cause === 'SIGINT') return { status: 'interrupted', exitCode: 130 }
  if (state.stopped?.cause === 'SIGTERM') return { status: 'interrupted', exitCode: 143 }
  if (state.stopped?.cause === 'fatal' || state.pairs.some((pair) => pair.status === 'failed'))
    return { status: 'failed', exitCode: 3 }
  const dryRun = state.started?.dryRun === true
  if (state.withheld !== undefined && isGuard(state.withheld)) return { status: dryRun ? 'dry-run' : 'refused', exitCode: 4 }
  if (failed > 0) return { status: 'partial', exitCode: 1 }
  if (state.pairs.some(({ verified }) => verified !== undefined && verified.different > 0))
    return { status: 'different', exitCode: 5 }
  return { status: dryRun ? 'dry-run' : 'completed', exitCode: 0 }
}

function planned({ requests = {}, pairs, withheld }: RunState): RequestCounts {
  const batches = pairs.reduce((sum, { totals }) => sum + Math.ceil(totals.deletesPlanned / DELETES_AT_ONCE), 0)
  return withheld === undefined && batches > 0 ? addRequests(requests, { DeleteObjects: batches }) : requests
}

/** Whether a guard refused the deletes; earlier failures have messages of their own. */
function isGuard({ cause }: EventOf<'deletes-withheld'>): boolean {
  return cause !== 'listing-failed' && cause !== 'copies-failed'
}
