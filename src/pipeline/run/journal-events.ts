import { type MonoTypeOperatorFunction, Observable } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { type Failure, StoreError } from '../ports/failure.js'
import type { Moment } from '../state/progress.js'
import type { Fold } from '../state/snapshot.js'
import { at, type Run } from './run-context.js'

/**
 * Emits moments after their events are in the journal, so that subscribers can rely on an event after a crash. Single skips are not
 * journaled: their page has counted them. If the journal cannot be written, the run ends.
 */
export function journaling(run: Run, fold: Fold): MonoTypeOperatorFunction<Moment> {
  const { journal } = run
  return (moments) =>
    new Observable<Moment>((subscriber) => {
      const keep = (event: SyncEvent): void => {
        if (journal === undefined || event.type === 'skip-told') return
        journal.append(event)
        if (journal.isLong) journal.beginSegment(fold.snapshot)
      }
      const stop = (failure: Failure): void => {
        const last: SyncEvent[] = [
          { type: 'run-stopped', ...at(run), cause: 'fatal', failure },
          { type: 'run-finished', ...at(run) },
        ]
        for (const event of last) {
          fold.take(event)
          subscriber.next({ event, state: fold.state, progress: false })
        }
        subscriber.complete()
      }
      return moments.subscribe({
        next: (moment) => {
          fold.accept(moment)
          try {
            keep(moment.event)
          } catch (error) {
            if (!(error instanceof StoreError)) throw error
            subscriber.next(moment)
            stop(error.failure)
            return
          }
          subscriber.next(moment)
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}
