import { Observable } from 'rxjs'

/**
 * A promise that can be called off: unsubscribing aborts its signal (by itself, RxJS only stops listening to a promise).
 * Emits the result and completes, or errors with the rejection.
 */
export function abortable<T>(start: (signal: AbortSignal) => Promise<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const controller = new AbortController()
    start(controller.signal).then(
      (value) => {
        subscriber.next(value)
        subscriber.complete()
      },
      (error: unknown) => {
        subscriber.error(error)
      },
    )
    return () => {
      controller.abort()
    }
  })
}
