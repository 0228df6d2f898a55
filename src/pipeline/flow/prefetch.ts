/**
 * Fetches one page of a listing ahead, never more, while the reader processes the previous page. The first page is requested when iteration
 * begins, so that two joined listings start together.
 */
export function prefetch<T>(pages: AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = pages[Symbol.asyncIterator]()
      return following(iterator, ask(iterator))
    },
  }
}

async function* following<T>(pages: AsyncIterator<T>, first: Promise<IteratorResult<T>>): AsyncGenerator<T> {
  let coming = first
  try {
    for (;;) {
      const page = await coming
      if (page.done === true) return
      coming = ask(pages)
      yield page.value
    }
  } finally {
    await pages.return?.()
  }
}

/** A failure is thrown when the page is read; until then it must not count as unhandled. */
function ask<T>(pages: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const page = pages.next()
  page.catch(() => undefined)
  return page
}
