import type { RequestCounts } from '../pipeline/events/request-counts.js'
import type { Difference } from '../pipeline/events/reasons.js'
import type { Loss } from '../pipeline/ports/object-metadata.js'
import { compared, type Verified } from '../pipeline/state/verification-totals.js'
import type { Lost, Foreseen } from '../pipeline/state/metadata-losses.js'
import { NO_TOTALS, type Totals } from '../pipeline/state/totals.js'
import type { ObjectFailure, PairState } from '../pipeline/state/run-state.js'
import type { RunStatus, Summary } from '../pipeline/state/summary.js'
import { whyWithheld } from './delete-text.js'
import { placeName } from './text-format.js'
import { equal } from './verification-text.js'
import { why, type Endpoints } from './why.js'

/** The object of `--json` and `--json-file` (cli.md). Grows its `schema` when a field changes its meaning. Keys and names are exact. */
export interface JsonSummary {
  readonly schema: 1
  readonly tool: string
  readonly version: string
  /** null: no run was started. */
  readonly run: string | null
  readonly status: RunStatus
  /** As typed; null where it was not said. */
  readonly source: string | null
  readonly target: string | null
  /** ISO 8601, UTC */
  readonly startedAt: string
  readonly finishedAt: string
  readonly durationMs: number
  readonly totals: Totals
  readonly buckets: readonly JsonBucket[]
  /** The first hundred. */
  readonly failures: readonly JsonFailure[]
  readonly failuresOmitted: number
  /** What objects lost that were copied; absent where nothing was lost. */
  readonly losses?: JsonLosses
  /** Where both sides were compared. */
  readonly verification?: JsonVerification
  /**
   * Of a dry run: the requests that its copies and deletes would ask for, by S3's names for them, and what the first objects have that can get
   * lost.
   */
  readonly estimate?: { readonly requests: RequestCounts; readonly sample?: Foreseen }
  /** Globs that no key matches; absent where there are none, and after a resume, which did not see all keys. */
  readonly unmatchedGlobs?: readonly { readonly option: 'include' | 'exclude'; readonly glob: string }[]
  /** Path of the run's journal, when it keeps one. */
  readonly journal?: string
  /** With exit codes 3 and 4. */
  readonly error?: JsonError
}

/** Metadata that was lost. */
export interface JsonLosses {
  /** Objects by property; one may have lost several. */
  readonly objects: Lost['objects']
  /** The first hundred. */
  readonly named: readonly { readonly bucket: string; readonly key: string; readonly losses: readonly Loss[] }[]
  readonly omitted: number
}

/** The comparison. */
export interface JsonVerification {
  /** Objects of the source, what only the target has, what is the same and what is not. */
  readonly compared: number
  readonly equal: number
  readonly different: number
  readonly failed: number
  /** Equal ones, by what they were proven by. */
  readonly proofs: Verified['proofs']
  /** The first hundred. Key and bucket are the source's; of an `extra`, the target's. */
  readonly differences: readonly { readonly bucket: string; readonly key: string; readonly difference: Difference }[]
  readonly differencesOmitted: number
}

export interface JsonBucket {
  /** `BUCKET` or `BUCKET/PREFIX`. */
  readonly source: string
  readonly target: string
  readonly created: boolean
  readonly totals: Totals
}

export interface JsonFailure {
  /** At the source. */
  readonly bucket: string
  readonly key: string
  readonly operation: string
  readonly code: string
  readonly status?: number
  readonly message: string
  readonly attempts: number
  /** With `--versions`: the one that failed and those that are newer. */
  readonly versions?: number
}

/** Why there was no run or no end of it, and what to do. */
export interface JsonError {
  readonly code: string
  readonly message: string
  readonly hint: string
}

export interface JsonAbout {
  readonly tool: 's3-sync'
  readonly version: string
  /** For the hint: what is known of the two endpoints. */
  readonly endpoints?: Endpoints
}

/** The summary of a run that started, however it ended. */
export function jsonSummary(summary: Summary, about: JsonAbout): JsonSummary {
  return {
    schema: 1,
    tool: about.tool,
    version: about.version,
    run: summary.run,
    status: summary.status,
    source: summary.source,
    target: summary.target,
    startedAt: new Date(summary.startedAt).toISOString(),
    finishedAt: new Date(summary.finishedAt).toISOString(),
    durationMs: summary.finishedAt - summary.startedAt,
    totals: summary.totals,
    buckets: summary.pairs.map(bucket),
    failures: summary.failures.map(named),
    failuresOmitted: summary.failuresOmitted,
    ...lossesOf(summary),
    ...verificationOf(summary),
    ...(summary.requests === undefined
      ? {}
      : { estimate: { requests: summary.requests, ...(summary.sample && { sample: summary.sample }) } }),
    ...unmatchedOf(summary),
    ...(summary.journal === undefined ? {} : { journal: summary.journal }),
    ...errorOf(summary, about),
  }
}

function unmatchedOf({ unmatched }: Summary): Pick<JsonSummary, 'unmatchedGlobs'> {
  if (unmatched.length === 0) return {}
  return { unmatchedGlobs: unmatched.map(({ include, glob }) => ({ option: include ? 'include' : 'exclude', glob })) }
}

function lossesOf({ lost }: Summary): Pick<JsonSummary, 'losses'> {
  if (lost === undefined) return {}
  const { objects, named: all, omitted } = lost
  return {
    losses: { objects, named: all.map(({ pair, key, losses }) => ({ bucket: pair.source.bucket, key, losses })), omitted },
  }
}

function verificationOf({ verified, differences }: Summary): Pick<JsonSummary, 'verification'> {
  if (verified === undefined) return {}
  const { proofs, different, failed } = verified
  const of = differences.map(({ pair, key, difference }) => ({
    bucket: pair[difference === 'extra' ? 'target' : 'source'].bucket,
    key,
    difference,
  }))
  const counts = { compared: compared(verified), equal: equal(verified), different, failed, proofs }
  return { verification: { ...counts, differences: of, differencesOmitted: different - of.length } }
}

function errorOf(summary: Summary, { endpoints }: JsonAbout): Pick<JsonSummary, 'error'> {
  const { failure, withheld, exitCode } = summary
  if (exitCode === 3 && failure !== undefined)
    return { error: { code: failure.code, message: failure.message, hint: why(summary, endpoints)?.todo ?? '' } }
  if (exitCode !== 4 || withheld === undefined) return {}
  const { what, todo } = whyWithheld(withheld)
  return { error: { code: CODES[withheld.cause], message: what, hint: todo } }
}

const CODES = {
  'listing-failed': 'ListingFailed',
  'copies-failed': 'CopiesFailed',
  'source-empty': 'SourceEmpty',
  unordered: 'Unordered',
  'too-many': 'TooManyDeletes',
} as const

/** For what ended with 2 or 3 before there was a run. `at`: ms since the epoch. */
export function jsonFailure(
  error: JsonError,
  about: Pick<JsonAbout, 'tool' | 'version'> & { readonly at: number; readonly source?: string; readonly target?: string },
): JsonSummary {
  const at = new Date(about.at).toISOString()
  return {
    schema: 1,
    tool: about.tool,
    version: about.version,
    run: null,
    status: 'failed',
    source: about.source ?? null,
    target: about.target ?? null,
    startedAt: at,
    finishedAt: at,
    durationMs: 0,
    totals: NO_TOTALS,
    buckets: [],
    failures: [],
    failuresOmitted: 0,
    error,
  }
}

function bucket({ pair, created, totals }: PairState): JsonBucket {
  return { source: placeName(pair.source), target: placeName(pair.target), created, totals }
}

function named({ pair, side, key, attempts, failure, versions }: ObjectFailure): JsonFailure {
  const { operation, code, status, message } = failure
  const told = { bucket: pair[side].bucket, key, operation, code, ...(status === undefined ? {} : { status }), message, attempts }
  return versions === undefined ? told : { ...told, versions }
}
