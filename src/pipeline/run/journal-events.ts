import { type MonoTypeOperatorFunction, Observable } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { type Failure, StoreError } from '../ports/failure.js'
import type { Fold } from '../state/snapshot.js'
import { at, type Run } from './run-context.js'

/**
 * Folds events, and passes them on when they are in the journal: whoever waits for one may count on it (design.md, decision 8). What is told
 * of single skips is counted by their page already. A journal that can't be written ends the run: what can't be kept must not happen.
 */
export function journaling(run: Run, fold: Fold): MonoTypeOperatorFunction<SyncEvent> {
  const { journal } = run
  return (events) =>
    new Observable<SyncEvent>((subscriber) => {
      const keep = (event: SyncEvent): void => {
        if (journal === undefined || event.type === 'skip-told') return
        journal.append(event)
        if (!journal.isLong) return
        journal.fold(fold.snapshot)
        fold.rebase()
      }
      const stop = (failure: Failure): void => {
        subscriber.next({ type: 'run-stopped', ...at(run), cause: 'fatal', failure })
        subscriber.next({ type: 'run-finished', ...at(run) })
        subscriber.complete()
      }
      return events.subscribe({
        next: (event) => {
          fold.take(event)
          try {
            keep(event)
          } catch (error) {
            if (!(error instanceof StoreError)) throw error
            subscriber.next(event)
            stop(error.failure)
            return
          }
          subscriber.next(event)
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}
