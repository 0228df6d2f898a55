import { createHash } from 'node:crypto'
import type { ListPage } from '../../pipeline/ports/objects.js'
import type { Sorter } from '../../pipeline/run/run-files.js'

/** Keys that are remembered, as digests: about 25 MB. */
const REMEMBERED = 250_000

/**
 * Removes duplicate keys. The first keys are returned as they are read. The rest of a longer list is sorted on disk and returned when the
 * whole list was read: memory is bounded, and reading the list again gives the same keys in the same order.
 */
export async function* uniqueKeys(
  pages: AsyncIterable<readonly string[]>,
  sorter: Sorter,
  remembered = REMEMBERED,
): AsyncGenerator<readonly string[]> {
  const known = new Set<string>()
  const reading = pages[Symbol.asyncIterator]()
  try {
    while (known.size < remembered) {
      const page = await reading.next()
      if (page.done === true) return
      const fresh: string[] = []
      for (const key of page.value) {
        const before = known.size
        if (known.add(digestOf(key)).size > before) fresh.push(key)
      }
      if (fresh.length > 0) yield fresh
    }
    for await (const { entries } of sorter.sorted(asListing(reading))) {
      const fresh = entries.map(({ key }) => key).filter((key) => !known.has(digestOf(key)))
      if (fresh.length > 0) yield fresh
    }
  } finally {
    await reading.return?.()
  }
}

/** Long enough that no two keys have the same digest: otherwise a key would be taken for another one and not copied. */
function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('base64')
}

/** Keys in the form that the sorter takes. */
async function* asListing(pages: AsyncIterator<readonly string[]>): AsyncGenerator<ListPage> {
  for (let page = await pages.next(); page.done !== true; page = await pages.next())
    yield { entries: page.value.map((key) => ({ key, size: 0, etag: '', lastModified: 0 })) }
}
