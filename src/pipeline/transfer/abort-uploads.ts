import { catchError, concat, defer, EMPTY, from, ignoreElements, mergeMap, type Observable, of, throwError } from 'rxjs'
import type { EventOf, SyncEvent } from '../events/events.js'
import { attempt, FIXED_BY_REPEATING, type OnRetry } from '../flow/attempt.js'
import { StoreError } from '../ports/failure.js'
import { onSide } from '../ports/on-side.js'
import { at, type Run } from '../run/run-context.js'
import type { OpenUpload } from '../state/remaining-work.js'

/** Uploads aborted in parallel. */
const AT_ONCE = 8

/**
 * Aborts the uploads that are open at the end of a run: those of failed or changed objects, and unused ones of an earlier process. An
 * upload that can't be aborted remains in the journal.
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
