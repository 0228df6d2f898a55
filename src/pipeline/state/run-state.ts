import type { EventOf, SyncEvent } from '../events/events.js'
import type { Tallies, Tally } from '../events/values.js'
import { SKIP_REASONS, type SkipReason } from '../events/reasons.js'
import { addRequests, type RequestCounts } from '../events/request-counts.js'
import type { GlobRule } from '../plan/selection.js'
import { type BucketPair, samePair, type Side } from '../ports/bucket-pair.js'
import type { Failure } from '../ports/failure.js'
import { learn, type Learned, NOTHING_LEARNED } from './learned.js'
import { addLoss, addSample, type Foreseen, type Lost, NOTHING_FORESEEN, NOTHING_LOST } from './metadata-losses.js'
import { add, addCopy, addSkips, copiesOnly, less, more, NO_TOTALS, NOTHING, type Totals } from './totals.js'
import { addProofs, addVerified, type NamedDifference, NOT_VERIFIED, type Verified } from './verification-totals.js'

/** Maximum number of failures that are kept with their names (cli.md, JSON summary); the others are counted. */
export const FAILURES_KEPT = 100

/** A failed object, by name. */
export interface ObjectFailure {
  readonly pair: BucketPair
  /** The side of the key; for a failed delete, the target. */
  readonly side: Side
  /** It failed in the comparison of source and target. */
  readonly compared?: true
  readonly key: string
  readonly attempts: number
  readonly failure: Failure
  /** With `--versions`: the number of failed versions. */
  readonly versions?: number
}

export interface PairState {
  readonly pair: BucketPair
  readonly created: boolean
  readonly totals: Totals
  /** `failed`: its listing, or that of one of its shards, did not finish. */
  readonly status: 'waiting' | 'running' | 'completed' | 'failed'
  readonly unordered: boolean
  /** Copied before the pair was listed again and not found again yet. These must not be counted again as unchanged. */
  readonly toMeetAgain: Tally
  readonly failure?: Failure
  readonly deletesFailed: number
  /** Absent: not compared. */
  readonly verified?: Verified
  /** Number of objects that the target lists, if the run may delete some of them. */
  readonly there: number
}

/** The state of a run, computed from its events. Memory is bounded by the number of pairs and {@link FAILURES_KEPT}. */
export interface RunState {
  readonly started?: EventOf<'run-started'>
  /** ms since the epoch; absent if never resumed. */
  readonly resumedAt?: number
  readonly finishedAt?: number
  /** In the order of the run's pairs. */
  readonly pairs: readonly PairState[]
  /** The first {@link FAILURES_KEPT} failures. */
  readonly failures: readonly ObjectFailure[]
  /** The first {@link FAILURES_KEPT} differences; absent if nothing was compared. */
  readonly differences?: readonly NamedDifference[]
  readonly learned: Learned
  /** Absent: nothing was lost. */
  readonly lost?: Lost
  /** For a dry run. */
  readonly sample?: Foreseen
  /** For a dry run: the requests that its copies need. */
  readonly requests?: RequestCounts
  /** Globs that matched nothing. */
  readonly unmatched?: readonly GlobRule[]
  readonly stopped?: EventOf<'run-stopped'>
  readonly withheld?: EventOf<'deletes-withheld'>
  /** If it changed: the maximum number of workers, and the last change. */
  readonly pace?: { readonly most: number; readonly last: EventOf<'pace-changed'> }
}

export const initialState: RunState = { pairs: [], failures: [], learned: NOTHING_LEARNED }

/** Returns the next state. Pure; events of different objects may arrive in any order and give the same totals. */
export function evolve(state: RunState, event: SyncEvent): RunState {
  switch (event.type) {
    case 'run-started':
      return { ...initialState, started: event, pairs: event.pairs.map(waiting) }
    case 'run-resumed':
      return resume(state, event)
    case 'failures-retaken':
      return retake(state, event)
    case 'bucket-created':
      return at(state, event.pair, (pair) => ({ ...pair, created: true }))
    case 'page-decided':
      return skips(listed(state, event), event.shard.pair, event.skipped)
    case 'copy-planned':
      return totals({ ...state, requests: addRequests(state.requests ?? {}, event.requests) }, event.pair, (was) =>
        addCopy(was, event.reason, event.size),
      )
    case 'object-copied':
      return totals(state, event.pair, (was) => addCopy(was, event.reason, event.size, event.attempts > 1 ? 1 : 0, event.proof))
    case 'version-copied':
      return totals(state, event.pair, (was) => addCopy(was, 'new', event.size, event.attempts > 1 ? 1 : 0, event.proof))
    case 'history-read':
      return skips(grown(state, event), event.pair, event.skipped)
    case 'history-settled':
      return skips(state, event.pair, event.skipped)
    case 'object-skipped':
      return skips(state, event.pair, { [event.reason]: { objects: 1, bytes: event.size } })
    case 'attempt-failed':
      return totals(state, event.pair, (was) => ({ ...was, retries: was.retries + 1 }))
    case 'object-failed':
      return totals(addFailure(state, { ...event, side: 'source' }), event.pair, (was) => ({
        ...was,
        failed: was.failed + (event.versions ?? 1),
      }))
    case 'properties-lost':
      return { ...state, lost: addLoss(state.lost ?? NOTHING_LOST, event) }
    case 'sample-taken':
      return { ...state, sample: addSample(state.sample ?? NOTHING_FORESEEN, event) }
    case 'delete-planned':
    case 'skip-told':
    case 'backup-made':
    case 'upload-started':
    case 'part-uploaded':
    case 'upload-ended':
      return state
    case 'delete-withdrawn':
      return totals(state, event.pair, (was) => ({ ...was, deletesPlanned: was.deletesPlanned - 1 }))
    case 'object-deleted':
      return totals(state, event.pair, (was) => ({ ...was, deleted: was.deleted + 1 }))
    case 'delete-failed': {
      const failed = addFailure(state, { ...event, side: 'target', attempts: 1 })
      return at(failed, event.pair, (was) => ({ ...was, deletesFailed: was.deletesFailed + 1 }))
    }
    case 'deletes-withheld':
      return { ...state, withheld: event }
    case 'shard-restarted':
      return restart(state, event.shard.pair)
    case 'shard-split':
    case 'shard-listed':
      return state
    case 'pair-completed':
      return at(state, event.pair, (was) => ({ ...was, status: 'completed' }))
    case 'shard-failed':
      return at(state, event.shard.pair, (was) => ({ ...was, status: 'failed', failure: was.failure ?? event.failure }))
    case 'verification-started':
      return at(notCompared(state, event.pair), event.pair, (was) => ({ ...was, verified: NOT_VERIFIED }))
    case 'page-verified':
      return verified(state, event.shard.pair, (was) => ({
        ...was,
        listed: more(was.listed, event.listed),
        proofs: addProofs(was.proofs, event.proofs),
      }))
    case 'object-proven':
      return verified(state, event.pair, (was) => ({
        ...was,
        proofs: addProofs(was.proofs, { [event.proof]: { objects: 1, bytes: event.size } }),
      }))
    case 'object-different':
      return verified(addDifference(state, event), event.pair, (was) => ({ ...was, different: was.different + 1 }))
    case 'verification-failed':
      return verified(addFailure(state, { ...event, side: 'source', compared: true }), event.pair, (was) => ({
        ...was,
        failed: was.failed + 1,
      }))
    case 'pair-verified':
      return verified(state, event.pair, (was) => ({ ...was, isComplete: true }))
    case 'pace-changed':
      return { ...state, pace: { most: Math.max(state.pace?.most ?? 0, event.workers), last: event } }
    case 'etag-trust-changed':
    case 'feature-support-learned':
    case 'server-side-copy-refused':
    case 'ranges-ignored':
    case 'clock-difference-learned':
      return { ...state, learned: learn(state.learned, event) }
    case 'globs-unmatched':
      return { ...state, unmatched: event.globs }
    case 'notice-given':
      return state
    case 'run-stopped':
      return { ...state, stopped: state.stopped ?? event }
    case 'run-finished':
      return { ...state, finishedAt: event.at }
  }
}

/** The combined comparison of all pairs; undefined if nothing was compared. */
export function overallVerified({ pairs }: RunState): Verified | undefined {
  const [first, ...others] = pairs.flatMap(({ verified: of }) => of ?? [])
  return first && others.reduce(addVerified, first)
}

/** The sum of all pairs' totals. */
export function overall(state: RunState): Totals {
  return state.pairs.reduce((sum, pair) => add(sum, pair.totals), NO_TOTALS)
}

function waiting(pair: BucketPair): PairState {
  return {
    pair,
    created: false,
    totals: NO_TOTALS,
    status: 'waiting',
    unordered: false,
    toMeetAgain: NOTHING,
    there: 0,
    deletesFailed: 0,
  }
}

function at(state: RunState, pair: BucketPair, change: (was: PairState) => PairState): RunState {
  return { ...state, pairs: state.pairs.map((was) => (samePair(was.pair, pair) ? change(was) : was)) }
}

function totals(state: RunState, pair: BucketPair, change: (was: Totals) => Totals): RunState {
  return at(state, pair, (was) => ({
    ...was,
    status: was.status === 'waiting' ? 'running' : was.status,
    totals: change(was.totals),
  }))
}

/** Removes what ended the earlier process. */
function resume(state: RunState, { at: resumedAt }: EventOf<'run-resumed'>): RunState {
  const { stopped: _stopped, finishedAt: _at, withheld: _why, pace: _pace, differences: _named, ...others } = state
  const goesOn = ({ failure: _failure, verified: _verified, ...pair }: PairState): PairState => ({
    ...pair,
    status: pair.status === 'failed' ? 'running' : pair.status,
    deletesFailed: 0,
  })
  const failures = state.failures.filter(({ side, compared }) => side === 'source' && compared !== true)
  return { ...others, resumedAt, failures, pairs: state.pairs.map(goesOn) }
}

/** Removes failures that are tried again, as if they had not been settled. */
function retake(state: RunState, { pair, keys, versions }: EventOf<'failures-retaken'>): RunState {
  const retaken = new Set(keys)
  const failures = state.failures.filter((failure) => !(retaken.has(failure.key) && samePair(failure.pair, pair)))
  const many = versions === undefined ? keys.length : versions.reduce((sum, count) => sum + count, 0)
  return totals({ ...state, failures }, pair, (was) => ({ ...was, failed: was.failed - many }))
}

function verified(state: RunState, pair: BucketPair, change: (was: Verified) => Verified): RunState {
  return at(state, pair, (was) => ({ ...was, verified: change(was.verified ?? NOT_VERIFIED) }))
}

function addDifference(state: RunState, { pair, key, difference }: EventOf<'object-different'>): RunState {
  const { differences = [] } = state
  return differences.length >= FAILURES_KEPT ? state : { ...state, differences: [...differences, { pair, key, difference }] }
}

/** Removes the results of an earlier comparison of the pair. */
function notCompared(state: RunState, pair: BucketPair): RunState {
  const failures = state.failures.filter((one) => one.compared !== true || !samePair(one.pair, pair))
  return { ...state, failures, differences: (state.differences ?? []).filter((one) => !samePair(one.pair, pair)) }
}

function listed(
  state: RunState,
  { shard, listed, filtered = NOTHING, there = NOTHING, extra = NOTHING }: EventOf<'page-decided'>,
): RunState {
  const counted = totals(state, shard.pair, (was) => ({
    ...was,
    listed: was.listed + listed.objects,
    bytesListed: was.bytesListed + listed.bytes,
    filtered: was.filtered + filtered.objects,
    deletesPlanned: was.deletesPlanned + extra.objects,
  }))
  return there.objects === 0 ? counted : at(counted, shard.pair, (was) => ({ ...was, there: was.there + there.objects }))
}

/** Counts skips by reason, without this run's own copies that were found again. */
function skips(state: RunState, pair: BucketPair, skipped: Tallies<SkipReason>): RunState {
  return at(state, pair, (was) => {
    let { toMeetAgain, totals } = was
    for (const reason of SKIP_REASONS) {
      const tally = skipped[reason]
      if (tally === undefined) continue
      const met = { objects: Math.min(tally.objects, toMeetAgain.objects), bytes: Math.min(tally.bytes, toMeetAgain.bytes) }
      toMeetAgain = less(toMeetAgain, met)
      totals = addSkips(totals, reason, less(tally, met))
    }
    return { ...was, toMeetAgain, totals }
  })
}

/** Adds versions that were created since the last listing. */
function grown(state: RunState, { pair, listed: { objects, bytes } }: EventOf<'history-read'>): RunState {
  return totals(state, pair, (was) => ({ ...was, listed: was.listed + objects, bytesListed: was.bytesListed + bytes }))
}

function addFailure(state: RunState, { pair, side, compared, key, attempts, failure, versions }: ObjectFailure): RunState {
  if (state.failures.length >= FAILURES_KEPT) return state
  const told = { pair, side, ...(compared && { compared }), key, attempts, failure, ...(versions !== undefined && { versions }) }
  return { ...state, failures: [...state.failures, told] }
}

/**
 * Resets a pair that is listed again: what was listed, skipped and failed no longer counts. Copied objects remain counted and will be found
 * again; planned copies (dry run) will be planned again.
 */
function restart(state: RunState, pair: BucketPair): RunState {
  const dryRun = state.started?.dryRun === true
  const failures = state.failures.filter((failure) => !samePair(failure.pair, pair))
  const restarted = at(state, pair, (was) => ({
    ...was,
    unordered: true,
    there: 0,
    toMeetAgain: dryRun ? NOTHING : { objects: was.totals.copied, bytes: was.totals.bytesCopied },
    totals: dryRun ? NO_TOTALS : copiesOnly(was.totals),
  }))
  return { ...restarted, failures }
}
