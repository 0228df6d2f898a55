import { describe, expect, it } from '@jest/globals'
import { prefetch } from '../../../src/pipeline/flow/prefetch.js'

/** Pages that record requests, and answer on demand. */
class Pages implements AsyncIterator<number> {
  asked = 0
  closed = 0
  constructor(
    private readonly count: number,
    private readonly error?: Error,
  ) {}

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<number>> {
    const page = this.asked++
    if (page < this.count) return Promise.resolve({ done: false, value: page })
    return this.error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(this.error)
  }

  return(): Promise<IteratorResult<number>> {
    this.closed++
    return Promise.resolve({ done: true, value: undefined })
  }
}

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const page of pages) found.push(page)
  return found
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('listing ahead', () => {
  it.each([0, 1, 2, 5])('emits all of %d pages in order, and closes them', async (count) => {
    const pages = new Pages(count)
    expect(await all(prefetch(pages))).toEqual(Array.from({ length: count }, (_, i) => i))
    expect(pages.closed).toBe(1)
  })

  it('requests the first page when iteration begins, not before', () => {
    const pages = new Pages(3)
    const reader = prefetch(pages)
    expect(pages.asked).toBe(0)
    reader[Symbol.asyncIterator]()
    expect(pages.asked).toBe(1)
  })

  it('stays one page ahead of its reader, never more', async () => {
    const pages = new Pages(Number.POSITIVE_INFINITY)
    const reader = prefetch(pages)[Symbol.asyncIterator]()
    for (let read = 1; read < 5; read++) {
      await reader.next()
      await turn()
      expect(pages.asked).toBe(read + 1)
    }
  })

  it('throws an error after the pages before it; until then it is not unhandled', async () => {
    const pages = new Pages(1, new Error('the listing failed'))
    const reader = prefetch(pages)[Symbol.asyncIterator]()
    expect(await reader.next()).toEqual({ done: false, value: 0 })
    await turn()
    await expect(reader.next()).rejects.toThrow('the listing failed')
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it('an error that is never read does no harm', async () => {
    prefetch(new Pages(0, new Error('unread')))[Symbol.asyncIterator]()
    await turn()
  })

  it('closes the pages when its reader stops', async () => {
    const pages = new Pages(Number.POSITIVE_INFINITY)
    for await (const page of prefetch(pages)) if (page === 2) break
    expect(pages.closed).toBe(1)
  })
})
