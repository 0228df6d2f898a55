import { fromEvent, lastValueFrom, type Observable, takeUntil } from 'rxjs'
import { abortable } from '../flow/abortable.js'
import type { PairBackups } from '../listing/known-backups.js'
import type { StoreError } from '../ports/failure.js'
import type { Keeper } from '../metadata/metadata-copier.js'
import type { SyncEvent } from '../events/events.js'
import type { Written } from '../ports/object-store.js'
import type { Report } from '../flow/attempt.js'
import type { Sample } from './dry-run-sample.js'
import { at, type Notice, type Run } from '../run/run-context.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { type Copy, copyWhole, type EtagTrust, type Stores } from './single-put.js'
import { copyOnServer, isRefusal, type ServerSide } from './server-side-copy.js'
import { copyInParts, type PartsBy } from './multipart.js'

/** Between which stores objects move, and what is known of that. */
export interface Road {
  readonly stores: Stores
  readonly trust: EtagTrust
  readonly serverSide: ServerSide
  readonly keeper: Keeper
}

/** The road of a pair, with what a dry run tells of it, and which backups it leaves alone. */
export interface PairRoad extends Road {
  readonly sample: Sample
  readonly backups: PairBackups
}

/** Hears of what happens. */
export type Told = (event: SyncEvent) => void

/** Who hears of what happens on the way. */
export interface Listener {
  readonly report: Report
  readonly tell: Told
}

/**
 * Moves an object's bytes, in one attempt: on the server where that is known to work, until it is refused; in one piece, or in parts what is
 * large. `announce`: the target is told the MD5 beforehand.
 */
export async function move(
  run: Run,
  pair: BucketPair,
  road: Road,
  copy: Copy,
  announce: boolean,
  listener: Listener,
  signal: AbortSignal,
): Promise<Written> {
  const { plan, gather, streams } = run
  const { serverSide, keeper } = road
  const { size } = copy.from.entry
  const until = (work: Observable<Written>): Promise<Written> => lastValueFrom(work.pipe(takeUntil(fromEvent(signal, 'abort'))))
  const inParts = (by: PartsBy): Promise<Written> => until(copyInParts(copy, { run, pair, road, listener, by }))
  const { tell } = listener
  const whole = (called: AbortSignal): Promise<Written> =>
    keeper.yielding((suspicion) => copyWhole(road, copy, suspicion, announce, gather, tell, called))
  if (serverSide.usable) {
    try {
      if (size > plan.largestCopy) return await inParts('server')
      return await keeper.yielding((suspicion) => copyOnServer(road, copy, suspicion, tell, signal))
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (giveUp(serverSide)) listener.tell({ type: 'notice-given', ...at(run), ...refusedBecause(error) })
    }
  }
  if (size <= gather) return whole(signal)
  return size <= plan.partThreshold ? until(streams.hold(abortable(whole))) : inParts('stream')
}

/** Whether this is the first to learn of it: others may have been refused meanwhile. */
function giveUp(serverSide: ServerSide): boolean {
  const { usable } = serverSide
  serverSide.usable = false
  return usable
}

function refusedBecause({ failure }: StoreError): Notice {
  const message = `The server does not copy by itself (${failure.code}); the objects pass through here.`
  return { code: 'ServerSideCopyRefused', message }
}
