import { type MonoTypeOperatorFunction, Observable } from 'rxjs'
import type { EventOf, SyncEvent } from '../events/events.js'
import { at, type Run } from './run-context.js'

/**
 * Emits events until a `run-stopped`, and adds one if `--max-errors` is reached or a fatal failure ends the run. Completing unsubscribes,
 * which cancels work in progress.
 */
export function untilStopped(run: Run): MonoTypeOperatorFunction<SyncEvent> {
  return (events) =>
    new Observable<SyncEvent>((subscriber) => {
      let failed = 0
      const reason = (event: SyncEvent): EventOf<'run-stopped'> | undefined => {
        if (event.type === 'run-stopped') return event
        if (!isFailed(event)) return undefined
        const before = failed
        failed += event.type === 'object-failed' ? (event.versions ?? 1) : 1
        const { failure } = event
        if (failure.kind === 'fatal') return { type: 'run-stopped', ...at(run), cause: 'fatal', failure }
        const { maxErrors = Infinity } = run.plan
        return before < maxErrors && failed >= maxErrors ? { type: 'run-stopped', ...at(run), cause: 'errors' } : undefined
      }
      return events.subscribe({
        next: (event) => {
          const stop = reason(event)
          if (stop !== event) subscriber.next(event)
          if (stop === undefined) return
          subscriber.next(stop)
          subscriber.complete()
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}

function isFailed(
  event: SyncEvent,
): event is EventOf<'object-failed'> | EventOf<'delete-failed'> | EventOf<'verification-failed'> {
  return event.type === 'object-failed' || event.type === 'delete-failed' || event.type === 'verification-failed'
}
