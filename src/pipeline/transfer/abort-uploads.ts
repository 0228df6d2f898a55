import { catchError, concat, defer, EMPTY, from, ignoreElements, mergeMap, type Observable, of, throwError } from 'rxjs'
import type { EventOf, SyncEvent } from '../events/events.js'
import { attempt, FIXED_BY_REPEATING, type OnRetry } from '../flow/attempt.js'
import { StoreError } from '../ports/failure.js'
import { onSide } from '../ports/on-side.js'
import { at, type Run } from '../run/run-context.js'
import type { OpenUpload } from '../state/remaining-work.js'

/** Uploads that are aborted at once. */
const AT_ONCE = 8

/**
 * Aborts the uploads that a run leaves open at its end: of objects that failed or changed, and those of an earlier process that were of no
 * use. One that can't be aborted stays in the journal.
 */
export function sweep(run: Run, uploads: readonly OpenUpload[]): Observable<SyncEvent> {
  return from(uploads).pipe(mergeMap(({ started }) => aborted(run, started), AT_ONCE))
}

function aborted(run: Run, { pair, targetKey: key, uploadId }: EventOf<'upload-started'>): Observable<SyncEvent> {
  const { policy, stores } = run
  const { bucket } = pair.target
  const onRetry: OnRetry = () => undefined
  const call = (signal: AbortSignal) =>
    onSide('target', stores.target.multipart?.abortUpload({ bucket, key, uploadId, signal }) ?? Promise.resolve())
  return concat(
    attempt(policy, { call, onRetry, retryable: FIXED_BY_REPEATING }).pipe(ignoreElements()),
    defer(() => of<SyncEvent>({ type: 'upload-ended', ...at(run), pair, uploadId })),
  ).pipe(catchError((error: unknown) => (error instanceof StoreError ? EMPTY : throwError(() => error))))
}
