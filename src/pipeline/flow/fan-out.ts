import { concat, defer, EMPTY, finalize, mergeMap, Observable, range, type Subscriber, throwError } from 'rxjs'

/**
 * Processes many items at once with bounded memory. Each of `pullers` takes its next item only after it finished the previous one. A page
 * is fetched after the previous page is used. (`mergeMap` over the items themselves would buffer its whole source.)
 *
 * If the pages fail, items in progress finish first, then the error is emitted. Unsubscribing closes the pages.
 */
export function fanOut<T extends object, R>(
  pages: AsyncIterator<readonly T[], unknown>,
  pullers: number,
  work: (item: T) => Observable<R>,
): Observable<R> {
  return defer(() => {
    const items = new Items(pages)
    const puller = new Observable<R>((subscriber) => pulling(items, work, subscriber))
    const failed = defer(() => {
      const { failure } = items
      return failure === undefined ? EMPTY : throwError(() => failure.error)
    })
    return concat(range(0, pullers).pipe(mergeMap(() => puller)), failed).pipe(finalize(() => void pages.return?.()))
  })
}

/** Processes items one after the other until there are no more. Avoids recursion when work completes synchronously. */
function pulling<T, R>(items: Items<T>, work: (item: T) => Observable<R>, subscriber: Subscriber<R>): void {
  let busy = false
  let free = false
  const next = (result: R): void => subscriber.next(result)
  const error = (thrown: unknown): void => subscriber.error(thrown)
  const pull = (): void => {
    free = true
    if (busy) return
    busy = true
    while (free && !subscriber.closed) {
      free = false
      const item = items.take()
      if (item !== undefined) subscriber.add(work(item).subscribe({ next, error, complete: pull }))
      else if (items.ended) subscriber.complete()
      else void items.more().then(pull)
    }
    busy = false
  }
  pull()
}

/** Takes items one by one from pages: one promise for each page, none for each item. */
class Items<T> {
  failure: { readonly error: unknown } | undefined
  private page: readonly T[] = []
  private next = 0
  private over = false
  private coming: Promise<void> | undefined

  constructor(private readonly pages: AsyncIterator<readonly T[], unknown>) {}

  /** Whether all items were taken and no page follows. */
  get ended(): boolean {
    return this.over && this.next >= this.page.length
  }

  /** The next item; undefined when the page is used up. */
  take(): T | undefined {
    return this.page[this.next++]
  }

  /** Resolves when the next page is available or the pages have ended. All waiting pullers share one fetch. */
  more(): Promise<void> {
    this.coming ??= this.fetch()
    return this.coming
  }

  private async fetch(): Promise<void> {
    if (this.over) return
    try {
      const next = await this.pages.next()
      this.over = next.done === true
      this.page = next.done === true ? [] : next.value
    } catch (error) {
      this.over = true
      this.page = []
      this.failure = { error }
    }
    this.next = 0
    this.coming = undefined
  }
}
