import type { RequestCounts } from '../pipeline/events/request-counts.js'
import type { Difference } from '../pipeline/events/reasons.js'
import type { Loss } from '../pipeline/ports/object-metadata.js'
import { compared, type Verified } from '../pipeline/state/verification-totals.js'
import type { Lost, Foreseen } from '../pipeline/state/metadata-losses.js'
import { NO_TOTALS, type Totals } from '../pipeline/state/totals.js'
import type { ObjectFailure, PairState } from '../pipeline/state/run-state.js'
import type { RunStatus, Summary } from '../pipeline/state/summary.js'
import { deletesWithheldAdvice } from './delete-text.js'
import { locationText } from './text-format.js'
import { equalCount } from './verification-text.js'
import { failureAdvice, type EndpointContexts } from './failure-advice.js'

/** The object of `--json` and `--json-file` (cli.md). `schema` increases when a field changes its meaning. Keys and names are not escaped. */
export interface JsonSummary {
  readonly schema: 1
  readonly tool: string
  readonly version: string
  /** null if no run was started. */
  readonly run: string | null
  readonly status: RunStatus
  /** As typed; null if it was not given. */
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
  /** Metadata that copied objects lost; absent if nothing was lost. */
  readonly losses?: JsonLosses
  /** Present if source and target were compared. */
  readonly verification?: JsonVerification
  /**
   * Of a dry run: the requests that its copies and deletes would need, by operation, and the metadata of the first objects that may get lost.
   */
  readonly estimate?: { readonly requests: RequestCounts; readonly sample?: Foreseen }
  /** Globs that no key matches; absent if there are none, and after a resume, which did not see all keys. */
  readonly unmatchedGlobs?: readonly { readonly option: 'include' | 'exclude'; readonly glob: string }[]
  /** Path of the run's journal, if it has one. */
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
  /** All objects that were compared, those that exist only at the target included. */
  readonly compared: number
  readonly equal: number
  readonly different: number
  readonly failed: number
  /** Equal objects by kind of proof. */
  readonly proofs: Verified['proofs']
  /** The first hundred. Key and bucket are the source's; for `extra`, the target's. */
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
  /** With `--versions`: how many versions were not copied: the failed one and all newer ones. */
  readonly versions?: number
}

/** Why the run did not start or did not finish, and what to do. */
export interface JsonError {
  readonly code: string
  readonly message: string
  readonly hint: string
}

export interface SummaryOptions {
  readonly tool: 's3-sync'
  readonly version: string
  /** For the hint: what is known of the two endpoints. */
  readonly endpoints?: EndpointContexts
}

/** The summary of a run that started, however it ended. */
export function jsonSummary(summary: Summary, about: SummaryOptions): JsonSummary {
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
    buckets: summary.pairs.map(jsonBucket),
    failures: summary.failures.map(jsonObjectFailure),
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
  const counts = { compared: compared(verified), equal: equalCount(verified), different, failed, proofs }
  return { verification: { ...counts, differences: of, differencesOmitted: different - of.length } }
}

function errorOf(summary: Summary, { endpoints }: SummaryOptions): Pick<JsonSummary, 'error'> {
  const { failure, withheld, exitCode } = summary
  if (exitCode === 3 && failure !== undefined)
    return { error: { code: failure.code, message: failure.message, hint: failureAdvice(summary, endpoints)?.todo ?? '' } }
  if (exitCode !== 4 || withheld === undefined) return {}
  const { what, todo } = deletesWithheldAdvice(withheld)
  return { error: { code: WITHHELD_CODES[withheld.cause], message: what, hint: todo } }
}

const WITHHELD_CODES = {
  'listing-failed': 'ListingFailed',
  'copies-failed': 'CopiesFailed',
  'source-empty': 'SourceEmpty',
  unordered: 'Unordered',
  'too-many': 'TooManyDeletes',
} as const

/** The summary of a command that ended with 2 or 3 before a run started. `at`: ms since the epoch. */
export function jsonNotStarted(
  error: JsonError,
  about: Pick<SummaryOptions, 'tool' | 'version'> & { readonly at: number; readonly source?: string; readonly target?: string },
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

function jsonBucket({ pair, created, totals }: PairState): JsonBucket {
  return { source: locationText(pair.source), target: locationText(pair.target), created, totals }
}

function jsonObjectFailure({ pair, side, key, attempts, failure, versions }: ObjectFailure): JsonFailure {
  const { operation, code, status, message } = failure
  const json = { bucket: pair[side].bucket, key, operation, code, ...(status === undefined ? {} : { status }), message, attempts }
  return versions === undefined ? json : { ...json, versions }
}
