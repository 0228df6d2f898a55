import * as v from 'valibot'
import { event, FailureSchema, GlobsSchema, PairSchema } from './values.js'

/** What the run was asked to do; everything a reader of the events needs and nothing secret. */
export const RunStarted = event('run-started', {
  schema: v.number(),
  run: v.string(),
  /** The locations as typed, e.g. `a:media`. */
  source: v.string(),
  target: v.string(),
  pairs: v.array(PairSchema),
  dryRun: v.boolean(),
  /** It compares and does nothing else. */
  verifiesOnly: v.exactOptional(v.boolean()),
  workers: v.number(),
})

/** The run continues in another process: failed objects are tried again, and failed listings continue. */
const RunResumed = event('run-resumed', { workers: v.number() })

/**
 * From now on so many objects are in flight, and at most `perSecond` attempts begin (absent: as fast as they can). `refused`: the server set
 * the rate; the others are those of `--workers auto`.
 */
export const PaceChanged = event('pace-changed', {
  workers: v.number(),
  perSecond: v.exactOptional(v.number()),
  cause: v.picklist(['trying-more', 'no-gain', 'strained', 'refused']),
})

/** Something a person should know once, e.g. an option that a server refused. */
const NoticeGiven = event('notice-given', { code: v.string(), message: v.string() })

/** No name that the run came across matches these: probably a slip. Only of a run that one process saw from its beginning to its end. */
const GlobsUnmatched = event('globs-unmatched', { globs: GlobsSchema })

/** The run stops before its end. `errors`: `--max-errors` was reached; `fatal`: it could not go on. */
export const RunStopped = event('run-stopped', {
  cause: v.picklist(['SIGINT', 'SIGTERM', 'errors', 'fatal']),
  failure: v.exactOptional(FailureSchema),
})

const RunFinished = event('run-finished', {})

export const RUN_EVENTS = [RunStarted, RunResumed, PaceChanged, NoticeGiven, GlobsUnmatched, RunStopped, RunFinished] as const
