import { setMaxListeners } from 'node:events'
import type { ObjectEntry } from '../pipeline/ports/objects.js'
import type { Failure } from '../pipeline/ports/failure.js'
import type { Connection } from '../io/connection.js'
import { openLineOf } from '../io/s3/http/connect.js'
import { type S3Store, storeOn } from '../io/s3/store.js'
import type { Timeouts } from '../io/s3/http/transport.js'
import { doctorCalls, type DoctorCalls } from './sdk-calls.js'
import { Ledger, LedgerRequests } from './created-resources.js'

/** An endpoint under examination. */
export interface Patient {
  readonly connection: Connection
  readonly store: S3Store
  readonly requests: LedgerRequests
  readonly calls: DoctorCalls
  readonly ledger: Ledger
  /** A bucket of its own, or one that was named. */
  readonly bucket: string
  readonly ownBucket: boolean
  /** What every key that is written begins with: nothing in a bucket of its own. */
  readonly root: string
  /** Of all that is asked until the end. */
  readonly signal: AbortSignal
  readonly world: World
  /** Cancels requests in flight. */
  callOff(): void
  close(): void
}

/** What of this machine is needed. */
export interface World {
  /** ms since the epoch */
  readonly now: () => number
  readonly random: (bytes: number) => Buffer
  /** Resolves early when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/** The bucket and prefix of the checks. */
export interface Place {
  /** What listings are asked for: the root, or everything where nothing may be written. */
  readonly prefix: string
  /** An object to read; absent where there is none. */
  readonly sample?: ObjectEntry
  /** Why nothing can be written. */
  readonly writing?: Failure
  /** Why there is no bucket to look into. */
  readonly reading?: Failure
}

/** The examination should end, also where nothing answers: shorter than a copy's. */
const TIMEOUTS: Timeouts = { connectMs: 5_000, firstByteMs: 10_000, stallMs: 10_000 }
/** Throughput is measured with eight at once. */
const SOCKETS = 12

export interface Admission {
  /** Absent: a bucket is created. */
  readonly bucket: string | undefined
  readonly world: World
  readonly timeouts?: Timeouts
}

/** Prepares an examination; sends no request. */
export async function openPatient(connection: Connection, { bucket, world, timeouts }: Admission): Promise<Patient> {
  const ledger = new Ledger()
  const calledOff = new AbortController()
  // Every request under way listens to it.
  setMaxListeners(0, calledOff.signal)
  const options = { sockets: SOCKETS, timeouts: timeouts ?? TIMEOUTS }
  const line = await openLineOf(connection, options, (prepared) => new LedgerRequests({ ...prepared, now: world.now }, ledger))
  const name = `s3-sync-doctor-${world.random(5).toString('hex')}`
  return {
    connection,
    store: storeOn(line, connection, () => undefined),
    requests: line.requests,
    calls: doctorCalls(line.requests),
    ledger,
    bucket: bucket ?? name,
    ownBucket: bucket === undefined,
    root: bucket === undefined ? '' : `.${name}/`,
    signal: calledOff.signal,
    world,
    callOff: () => calledOff.abort(),
    close: line.close,
  }
}
