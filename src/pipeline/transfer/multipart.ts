import { catchError, filter, finalize, from, map, mergeMap, type Observable, tap, throwError, toArray } from 'rxjs'
import { attempt, FIXED_BY_REPEATING } from '../flow/attempt.js'
import type { Semaphore } from '../flow/semaphore.js'
import { type Part, partsAtOnce, partsOf } from '../plan/part-size.js'
import { StoreError } from '../ports/failure.js'
import type { Copy } from '../ports/object-copy.js'
import type { UploadedPart } from '../ports/store-facets.js'
import { at } from '../run/run-context.js'
import { type Begun, beginUpload, type InParts, isPartToRead } from './begin-upload.js'
import { completeUpload, proveParts } from './complete-upload.js'
import type { Transferred } from './copy-proof.js'
import { splitExtras } from './deferred-extras.js'
import { copyPart, streamPart } from './upload-part.js'

/** Timeout for aborting an upload, ms. */
const ABORT_TIMEOUT = 30_000

/**
 * Copies an object in parts: ranged GETs, all pinned to one ETag, each streamed into an UploadPart; or parts that the server copies. Every
 * request is retried separately. An upload of an earlier process is continued. If the copy fails, the upload is aborted. If the run ends
 * first, the upload remains for a resume if there is a journal. Errors are final, except for kind `changed`, which a copy from the start
 * may fix.
 */
export function copyMultipart(copy: Copy, options: InParts): Observable<Transferred> {
  const { run, pair, route, listener, uploads, copies } = options
  const { metadataCopier } = route
  const { policy, inBackground, streams, scheduler } = run
  const { size } = copy.from.entry
  const request = <T>(call: (signal: AbortSignal, n: number) => Promise<T>, permits: readonly Semaphore[] = []): Observable<T> =>
    attempt(policy, { call, onRetry: listener.onRetry, permits, retryable: FIXED_BY_REPEATING }).pipe(catchError(giveUp))
  const onePart = (begun: Begun, part: Part, signal: AbortSignal): Promise<UploadedPart> =>
    copies === undefined
      ? streamPart(run, route, uploads, copy, begun, part, signal)
      : copyPart(copies, copy, begun.upload, part, signal)

  return request((signal) => beginUpload(copy, options, signal)).pipe(
    mergeMap((begun) => {
      const { upload, partSize, digests, there, expected, refused } = begun
      let ended = false
      const abort = (): void => {
        const deadline = new AbortController()
        const timer = scheduler.schedule(() => deadline.abort(), ABORT_TIMEOUT)
        const aborted = uploads.abortUpload({ ...upload, signal: deadline.signal }).catch(leaveOrphan)
        inBackground(aborted.finally(() => timer.unsubscribe()))
      }
      const told = ({ number, etag }: UploadedPart) => {
        const part = { number, etag }
        if (!there.has(number)) listener.emit({ type: 'part-uploaded', ...at(run), pair, uploadId: upload.uploadId, ...part })
      }
      // The MD5 of the whole object needs all its bytes in their order.
      const inOrder = digests?.inOrder === true
      return from(partsOf(size, partSize)).pipe(
        filter(({ number }) => isPartToRead(begun, number)),
        mergeMap(
          (part) => request((signal) => onePart(begun, part, signal), copies === undefined ? [streams] : []).pipe(tap(told)),
          inOrder ? 1 : partsAtOnce(size),
        ),
        toArray(),
        map((uploaded) => allParts(there, uploaded)),
        mergeMap((parts) => request((signal, n) => completeUpload(copy, options, begun, parts, n, signal))),
        tap(() => {
          ended = true
          listener.emit({ type: 'upload-ended', ...at(run), pair, uploadId: upload.uploadId })
        }),
        mergeMap((written) =>
          request(async (signal) => {
            const proof = await proveParts(copy, options, begun, written, signal)
            const { later } = splitExtras(metadataCopier.granted(expected, refused), false)
            const { key } = copy.from.entry
            await metadataCopier.finish(expected, later, key, copy.to, written, refused, listener.emit, signal)
            return { ...written, proof }
          }),
        ),
        tap({
          error: () => {
            if (!ended) abort()
            ended = true
          },
        }),
        finalize(() => {
          if (!ended && run.journal === undefined) abort()
        }),
      )
    }),
  )
}

/** Those that the target had and those of this process, by number. */
function allParts(there: ReadonlyMap<number, UploadedPart>, uploaded: readonly UploadedPart[]): readonly UploadedPart[] {
  const parts = new Map([...there, ...uploaded.map((part) => [part.number, part] as const)])
  return [...parts.values()].sort((a, b) => a.number - b.number)
}

/**
 * After a request's own retries, its failure does not justify copying a huge object again. An upload that the target no longer knows does:
 * it can only be started again.
 */
function giveUp(error: unknown): Observable<never> {
  if (error instanceof StoreError && error.failure.reason === 'no-such-upload')
    return throwError(() => new StoreError({ ...error.failure, kind: 'changed' }, { cause: error }))
  const spent = error instanceof StoreError && FIXED_BY_REPEATING.has(error.failure.kind)
  return throwError(() => (spent ? new StoreError({ ...error.failure, kind: 'permanent' }, { cause: error }) : error))
}

/** The run has ended or the attempt has failed: an upload that can't be aborted is left to the bucket's lifecycle rules. */
const leaveOrphan = (): void => undefined
