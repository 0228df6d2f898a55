import { fromEvent, lastValueFrom, type Observable, takeUntil } from 'rxjs'
import { abortable } from '../flow/abortable.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import type { StoreError } from '../ports/failure.js'
import type { Copy } from '../ports/object-copy.js'
import type { Written } from '../ports/objects.js'
import type { MultipartUploads, ServerSideCopies } from '../ports/store-facets.js'
import { at, type Notice, type Run } from '../run/run-context.js'
import { copyMultipart } from './multipart.js'
import type { Listener, Route } from './route.js'
import { copyServerSide, isServerSideCopyRefused } from './server-side-copy.js'
import { copySinglePut } from './single-put.js'

/**
 * Transfers an object in one attempt: by server-side copy if available and not refused so far, otherwise in one piece, or in parts if it is
 * large. `announce`: send the MD5 to the target in advance.
 */
export async function transfer(
  run: Run,
  pair: BucketPair,
  route: Route,
  copy: Copy,
  announce: boolean,
  listener: Listener,
  signal: AbortSignal,
): Promise<Written> {
  const { plan, gather, streams } = run
  const { metadataCopier } = route
  const { size } = copy.from.entry
  const until = (work: Observable<Written>): Promise<Written> => lastValueFrom(work.pipe(takeUntil(fromEvent(signal, 'abort'))))
  const { multipart, serverSideCopies } = route.stores.target
  const inParts = (uploads: MultipartUploads, copies?: ServerSideCopies): Promise<Written> =>
    until(copyMultipart(copy, { run, pair, route, listener, uploads, ...(copies && { copies }) }))
  const { emit } = listener
  const whole = (called: AbortSignal): Promise<Written> =>
    metadataCopier.yielding((suspected) => copySinglePut(route, copy, suspected, announce, gather, emit, called))
  if (serverSideCopies !== undefined && isServerSideUsable(run, route)) {
    try {
      if (size > plan.largestCopy && multipart !== undefined) return await inParts(multipart, serverSideCopies)
      return await metadataCopier.yielding((suspected) => copyServerSide(route, serverSideCopies, copy, suspected, emit, signal))
    } catch (error) {
      if (!isServerSideCopyRefused(error)) throw error
      // Another copy may have reported the refusal meanwhile.
      if (isServerSideUsable(run, route)) {
        run.learn({ type: 'server-side-copy-refused', ...at(run), of: route.copies, code: error.failure.code })
        listener.emit({ type: 'notice-given', ...at(run), ...refusedBecause(error) })
      }
    }
  }
  if (size <= gather) return whole(signal)
  return multipart === undefined || size <= plan.partThreshold ? until(streams.hold(abortable(whole))) : inParts(multipart)
}

/** Assumed to work on a shared endpoint until it is refused. Backups stay within the target's bucket. */
function isServerSideUsable({ plan, learned }: Run, { copies }: Route): boolean {
  return (copies === 'backups' || plan.serverSideCopy) && learned().serverSideCopyRefused[copies] === undefined
}

function refusedBecause({ failure }: StoreError): Notice {
  const message = `The server refused server-side copy (${failure.code}); objects are downloaded and uploaded instead.`
  return { code: 'ServerSideCopyRefused', message }
}
