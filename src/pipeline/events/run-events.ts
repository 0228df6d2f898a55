import * as v from 'valibot'
import { event, FailureSchema, GlobsSchema, PairSchema } from './values.js'

/** The settings of the run: everything a reader of the events needs, without secrets. */
export const RunStarted = event('run-started', {
  schema: v.number(),
  run: v.string(),
  /** The locations as typed, e.g. `a:media`. */
  source: v.string(),
  target: v.string(),
  pairs: v.array(PairSchema),
  dryRun: v.boolean(),
  /** The run only compares. */
  verifiesOnly: v.exactOptional(v.boolean()),
  workers: v.number(),
})

/** The run continues in another process: failed objects are tried again, and failed listings continue. */
const RunResumed = event('run-resumed', { workers: v.number() })

/**
 * The new number of objects in flight, and the maximum rate at which attempts start (absent: unlimited). `refused`: the server throttled
 * the rate; the other causes come from `--workers auto`.
 */
export const PaceChanged = event('pace-changed', {
  workers: v.number(),
  perSecond: v.exactOptional(v.number()),
  cause: v.picklist(['trying-more', 'no-gain', 'strained', 'refused']),
})

/** A message for the user, given once, e.g. about an option that a server refused. */
const NoticeGiven = event('notice-given', { code: v.string(), message: v.string() })

/** These globs match no name in the run: probably a typo. Only for runs that one process executed completely. */
const GlobsUnmatched = event('globs-unmatched', { globs: GlobsSchema })

/** The run stops early. `errors`: `--max-errors` was reached; `fatal`: it could not continue. */
export const RunStopped = event('run-stopped', {
  cause: v.picklist(['SIGINT', 'SIGTERM', 'errors', 'fatal']),
  failure: v.exactOptional(FailureSchema),
})

const RunFinished = event('run-finished', {})

export const RUN_EVENTS = [RunStarted, RunResumed, PaceChanged, NoticeGiven, GlobsUnmatched, RunStopped, RunFinished] as const
