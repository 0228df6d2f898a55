import { setMaxListeners } from 'node:events'
import type { ObjectEntry } from '../pipeline/ports/objects.js'
import type { Failure } from '../pipeline/ports/failure.js'
import type { Connection } from '../io/connection.js'
import { openLineOf } from '../io/s3/http/connect.js'
import { type S3Store, storeOn } from '../io/s3/store.js'
import type { Timeouts } from '../io/s3/http/transport.js'
import { doctorCalls, type DoctorCalls } from './sdk-calls.js'
import { RequestLog, LoggedRequests } from './request-log.js'

/** What every check works with: the endpoint, how to ask it, and what was asked so far. */
export interface CheckContext {
  readonly connection: Connection
  readonly store: S3Store
  readonly requests: LoggedRequests
  readonly calls: DoctorCalls
  readonly requestLog: RequestLog
  /** The bucket of the checks. */
  readonly bucket: string
  /** Whether the doctor creates the bucket and removes it at the end; else the user named it. */
  readonly ownBucket: boolean
  /** Prefix of every key that is written; empty in the doctor's own bucket. */
  readonly root: string
  /** Cancels every request but those of the clean-up. */
  readonly signal: AbortSignal
  readonly environment: DoctorEnvironment
  /** Aborts {@link CheckContext.signal}. */
  cancel(): void
  close(): void
}

/** What the doctor needs from the machine: clock, randomness, timer. */
export interface DoctorEnvironment {
  /** ms since the epoch */
  readonly now: () => number
  readonly random: (bytes: number) => Buffer
  /** Resolves early when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/** What the preflight found that may be read and written. */
export interface BucketAccess {
  /** Prefix to list: the root, or empty if nothing may be written. */
  readonly prefix: string
  /** An object to read; absent if there is none. */
  readonly sample?: ObjectEntry
  /** Why the bucket cannot be written to. */
  readonly writeFailure?: Failure
  /** Why the bucket cannot be listed. */
  readonly readFailure?: Failure
}

/** Shorter than a copy's: the doctor must end soon even if nothing answers. */
const TIMEOUTS: Timeouts = { connectMs: 5_000, quietMs: 10_000 }
/** The throughput check sends eight requests at once. */
const SOCKETS = 12

export interface CheckContextOptions {
  /** Absent: the doctor creates a bucket. */
  readonly bucket: string | undefined
  readonly environment: DoctorEnvironment
  readonly timeouts?: Timeouts
}

/** Opens the endpoint for an examination; sends no request. */
export async function openCheckContext(
  connection: Connection,
  { bucket, environment, timeouts }: CheckContextOptions,
): Promise<CheckContext> {
  const requestLog = new RequestLog()
  const cancellation = new AbortController()
  // Every request in flight adds a listener.
  setMaxListeners(0, cancellation.signal)
  const options = { sockets: SOCKETS, timeouts: timeouts ?? TIMEOUTS }
  const line = await openLineOf(
    connection,
    options,
    (prepared) => new LoggedRequests({ ...prepared, now: environment.now }, requestLog),
  )
  const name = `s3-sync-doctor-${environment.random(5).toString('hex')}`
  return {
    connection,
    store: storeOn(line, connection, () => undefined),
    requests: line.requests,
    calls: doctorCalls(line.requests),
    requestLog,
    bucket: bucket ?? name,
    ownBucket: bucket === undefined,
    root: bucket === undefined ? '' : `.${name}/`,
    signal: cancellation.signal,
    environment,
    cancel: () => cancellation.abort(),
    close: line.close,
  }
}
