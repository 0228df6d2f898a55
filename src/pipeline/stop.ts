import { concatMap, defer, type MonoTypeOperatorFunction, of, takeWhile } from 'rxjs'
import type { RunStopped, SyncEvent } from './events.js'
import { at, type Run } from './run.js'

/**
 * Passes events on until a `run-stopped`, adding one when `--max-errors` is reached or a failure leaves nothing to go on with. Completing
 * unsubscribes, which calls off what is under way.
 */
export function untilStopped(run: Run): MonoTypeOperatorFunction<SyncEvent> {
  return (events) =>
    defer(() => {
      let failed = 0
      const reason = (event: SyncEvent): RunStopped | undefined => {
        if (event.type !== 'object-failed') return undefined
        failed++
        const { failure } = event
        if (failure.kind === 'fatal') return { type: 'run-stopped', ...at(run), cause: 'fatal', failure }
        return failed === run.plan.maxErrors ? { type: 'run-stopped', ...at(run), cause: 'errors' } : undefined
      }
      return events.pipe(
        concatMap((event) => {
          const stop = reason(event)
          return stop === undefined ? of(event) : of(event, stop)
        }),
        takeWhile(({ type }) => type !== 'run-stopped', true),
      )
    })
}
