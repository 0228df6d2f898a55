import { catchError, EMPTY, mergeMap, type Observable, of, throwError } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { attempt } from '../flow/attempt.js'
import { versionsOf } from '../ports/absent-facets.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import { onSide } from '../ports/on-side.js'
import { at, type Run } from '../run/run-context.js'

const MESSAGE = 'The source keeps older versions of its objects; only the latest is copied (--versions copies all).'

/**
 * Warns once per run that a source has more versions than are copied. Needs one request per pair; if it fails, that is not a failure of the
 * run.
 */
export function historyLost(run: Run, { source: { bucket } }: BucketPair): Observable<SyncEvent> {
  const call = async (signal: AbortSignal): Promise<boolean> =>
    (await onSide('source', versionsOf(run.stores.source).versioning({ bucket, signal }))) !== 'none'
  return attempt(run.policy, { call, onRetry: () => undefined }).pipe(
    catchError((error: unknown) => (error instanceof StoreError ? of(false) : throwError(() => error))),
    mergeMap((isLost) => {
      if (!isLost || run.noticesGiven.has(MESSAGE)) return EMPTY
      run.noticesGiven.add(MESSAGE)
      return of<SyncEvent>({ type: 'notice-given', ...at(run), code: 'HistoryLost', message: MESSAGE })
    }),
  )
}
