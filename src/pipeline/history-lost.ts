import { EMPTY, mergeMap, type Observable, of } from 'rxjs'
import { abortable } from './abortable.js'
import { StoreError } from './errors.js'
import type { SyncEvent } from './events.js'
import { at, type Run } from './run.js'
import type { BucketPair } from './shards.js'

const MESSAGE = 'The source keeps older versions of its objects; only the latest is copied (--versions copies all).'

/** Says once a run that a source has more than is copied of it. Costs a request a pair; that it could not be asked is no failure. */
export function historyLost(run: Run, { source: { bucket } }: BucketPair): Observable<SyncEvent> {
  const ask = async (signal: AbortSignal): Promise<boolean> => {
    try {
      return (await run.stores.source.versioning({ bucket, signal })) !== 'none'
    } catch (error) {
      if (error instanceof StoreError) return false
      throw error
    }
  }
  return abortable(ask).pipe(
    mergeMap((isLost) => {
      if (!isLost || run.told.has(MESSAGE)) return EMPTY
      run.told.add(MESSAGE)
      return of<SyncEvent>({ type: 'notice-given', ...at(run), code: 'HistoryLost', message: MESSAGE })
    }),
  )
}
