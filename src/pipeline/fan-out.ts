import { concat, defer, EMPTY, finalize, from, mergeMap, type Observable, of, range, repeat, throwError } from 'rxjs'

/**
 * Works on many items at once without running ahead: `pullers` of them take the next item from one iterator only when they are done
 * with the one before. (`mergeMap` over the items themselves would buffer its whole source: design.md, decision 1.)
 *
 * When the iterator fails, what is in hand is finished first, then the error comes out. Unsubscribing closes the iterator.
 */
export function fanOut<T, R>(items: AsyncIterator<T, unknown>, pullers: number, work: (item: T) => Observable<R>): Observable<R> {
  return defer(() => {
    let ended = false
    let failure: { readonly error: unknown } | undefined
    const pull = async (): Promise<IteratorResult<T, unknown>> => {
      try {
        const next = await items.next()
        ended ||= next.done === true
        return next
      } catch (error) {
        ended = true
        failure ??= { error }
        return { done: true, value: undefined }
      }
    }
    const puller = defer(() => (ended ? EMPTY : from(pull()))).pipe(
      mergeMap((next) => (next.done === true ? EMPTY : work(next.value))),
      repeat({ delay: () => (ended ? EMPTY : of(true)) }),
    )
    const failed = defer(() => {
      if (failure === undefined) return EMPTY
      const { error } = failure
      return throwError(() => error)
    })
    return concat(range(0, pullers).pipe(mergeMap(() => puller)), failed).pipe(finalize(() => void items.return?.()))
  })
}
