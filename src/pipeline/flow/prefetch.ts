/**
 * The pages of a listing, the next one asked for while its reader works on the one before: one page ahead, never more. The first is asked
 * for as soon as somebody means to read, so that two sides that are joined begin together.
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

/** A failure is thrown when the page is asked for; until then it must not count as unhandled. */
function ask<T>(pages: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const page = pages.next()
  page.catch(() => undefined)
  return page
}
