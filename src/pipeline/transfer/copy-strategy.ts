import { fromEvent, lastValueFrom, type Observable, takeUntil } from 'rxjs'
import { abortable } from '../flow/abortable.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import type { Copy } from '../ports/object-copy.js'
import type { MultipartUploads, ServerSideCopies } from '../ports/store-facets.js'
import { at, type Notice, type Run } from '../run/run-context.js'
import { largestInOnePiece, LIMITS } from '../plan/part-size.js'
import { partsIn } from '../proof/compare-etags.js'
import { type Doubt, promisedMd5, type Transferred } from './copy-proof.js'
import { copyMultipart } from './multipart.js'
import type { Listener, Route } from './route.js'
import { copyServerSide, isServerSideCopyRefused } from './server-side-copy.js'
import { copySinglePut } from './single-put.js'

/**
 * Transfers an object in one attempt: by server-side copy if available, not refused so far, and the server finds the object; otherwise in
 * one piece, or in parts if it is large or has parts at the source, and the source returns ranges.
 */
export async function transfer(
  run: Run,
  pair: BucketPair,
  route: Route,
  copy: Copy,
  doubt: Doubt,
  listener: Listener,
  signal: AbortSignal,
): Promise<Transferred> {
  const { plan, gather, streams } = run
  const { metadataCopier } = route
  const { size, etag } = copy.from.entry
  const until = (work: Observable<Transferred>): Promise<Transferred> =>
    lastValueFrom(work.pipe(takeUntil(fromEvent(signal, 'abort'))))
  const { multipart, serverSideCopies } = route.stores.target
  const inParts = (uploads: MultipartUploads, copies?: ServerSideCopies): Promise<Transferred> =>
    until(copyMultipart(copy, { run, pair, route, listener, uploads, doubt, ...(copies && { copies }) }))
  const { emit } = listener
  const whole = (called: AbortSignal): Promise<Transferred> =>
    metadataCopier.yielding((suspected) => copySinglePut(run, route, copy, suspected, doubt, emit, called))
  if (serverSideCopies !== undefined && isServerSideUsable(run, route)) {
    try {
      if (size > plan.largestCopy && multipart !== undefined) return await inParts(multipart, serverSideCopies)
      return await metadataCopier.yielding((suspected) =>
        copyServerSide(run, route, serverSideCopies, copy, suspected, emit, signal),
      )
    } catch (error) {
      const isRefused = isServerSideCopyRefused(error)
      if (!isRefused && !isNotFoundByCopy(error)) throw error
      // Another copy may have reported the refusal meanwhile.
      if (isRefused && isServerSideUsable(run, route)) {
        run.learn({ type: 'server-side-copy-refused', ...at(run), of: route.copies, code: error.failure.code })
        listener.emit({ type: 'notice-given', ...at(run), ...refusedBecause(error) })
      }
    }
  }
  if (size <= gather) return whole(signal)
  // The ETag of equal parts proves the bytes, now and in every later run; one piece would have another ETag.
  const hasParts = plan.proof && partsIn(etag) > 1 && size > LIMITS.smallestPart
  // An object that failed in one piece goes on in parts, of which each is retried separately.
  const hasMd5 = promisedMd5(route, copy, undefined) !== undefined && !doubt.hasFailed
  const isLarge = size > largestInOnePiece(plan, hasMd5)
  const split = isLarge || hasParts ? await unlessRangesIgnored() : undefined
  if (split !== undefined) return split
  try {
    return await until(streams.hold(abortable(whole)))
  } catch (error) {
    const isTooLarge = error instanceof StoreError && error.failure.reason === 'too-large'
    const accepted = isTooLarge && size > plan.partThreshold ? await unlessRangesIgnored() : undefined
    if (accepted === undefined) throw error
    return accepted
  }

  /** Copies in parts; undefined if the target takes none, or the source ignores ranges. */
  async function unlessRangesIgnored(): Promise<Transferred | undefined> {
    if (multipart === undefined || run.learned().ignoresRanges === true) return undefined
    try {
      return await inParts(multipart)
    } catch (error) {
      if (!isRangeIgnored(error)) throw error
      // Another copy may have found out meanwhile.
      if (run.learned().ignoresRanges !== true) {
        run.learn({ type: 'ranges-ignored', ...at(run) })
        listener.emit({ type: 'notice-given', ...at(run), ...RANGES_IGNORED })
      }
      return undefined
    }
  }
}

const RANGES_IGNORED: Notice = {
  code: 'RangesIgnored',
  message: 'The source returns whole objects only; large objects are copied in one piece.',
}

/** Whether the source, asked for a part of an object, returned the whole. */
function isRangeIgnored(error: unknown): boolean {
  if (!(error instanceof StoreError)) return false
  const { side, operation, reason } = error.failure
  return side === 'source' && operation === 'GetObject' && reason === 'not-implemented'
}

/** SeaweedFS 4.53 does not find `dir/` when it copies, but returns it (measured). */
function isNotFoundByCopy(error: unknown): boolean {
  return error instanceof StoreError && error.failure.operation === 'CopyObject' && error.failure.reason === 'not-found'
}

/** Assumed to work on a shared endpoint until it is refused. Backups stay within the target's bucket. */
function isServerSideUsable({ plan, learned }: Run, { copies }: Route): boolean {
  return (copies === 'backups' || plan.serverSideCopy) && learned().serverSideCopyRefused[copies] === undefined
}

function refusedBecause({ failure }: StoreError): Notice {
  const message = `The server refused server-side copy (${failure.code}); objects are downloaded and uploaded instead.`
  return { code: 'ServerSideCopyRefused', message }
}
