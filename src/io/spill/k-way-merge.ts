import { compareKeys } from '../../pipeline/ports/key-order.js'
import type { ObjectEntry } from '../../pipeline/ports/objects.js'
import type { OnRepeat } from '../../pipeline/run/run-files.js'

/** Entries sorted by key, in batches. */
export type SortedRun = AsyncIterable<readonly ObjectEntry[]>

/** The next entry of a run. */
interface Head {
  readonly order: number
  readonly batches: AsyncIterator<readonly ObjectEntry[]>
  batch: readonly ObjectEntry[]
  at: number
  entry: ObjectEntry
}

/**
 * Merges sorted runs into one, `pageLength` entries at a time. Memory holds a batch of each run. A key that occurs more than once is
 * returned once, with the entry of the last run that has it.
 */
export async function* mergeRuns(
  runs: readonly SortedRun[],
  pageLength: number,
  onRepeat: OnRepeat = () => undefined,
): AsyncGenerator<readonly ObjectEntry[]> {
  const heads: Head[] = []
  const iterators = runs.map((run) => run[Symbol.asyncIterator]())
  try {
    for (const [order, batches] of iterators.entries()) {
      const batch = await nextBatch(batches)
      const [entry] = batch
      if (entry !== undefined) place(heads, { order, batches, batch, at: 0, entry })
    }
    let page: ObjectEntry[] = []
    for (let head = heads.shift(); head !== undefined; head = heads.shift()) {
      // Equal keys are adjacent, and the last one counts.
      if (page.at(-1)?.key === head.entry.key) {
        onRepeat(head.entry.key)
        page.pop()
      } else if (page.length >= pageLength) {
        yield page
        page = []
      }
      page.push(head.entry)
      if (++head.at === head.batch.length) {
        head.batch = await nextBatch(head.batches)
        head.at = 0
      }
      const entry = head.batch[head.at]
      if (entry === undefined) continue
      head.entry = entry
      place(heads, head)
    }
    if (page.length > 0) yield page
  } finally {
    for (const iterator of iterators) await iterator.return?.()
  }
}

/** The next batch that is not empty; an empty one at the end. */
async function nextBatch(batches: AsyncIterator<readonly ObjectEntry[]>): Promise<readonly ObjectEntry[]> {
  for (;;) {
    const next = await batches.next()
    if (next.done === true) return []
    if (next.value.length > 0) return next.value
  }
}

/** Inserts a head in order: the smallest key first; among equal keys, that of the earlier run first. */
function place(heads: Head[], head: Head): void {
  let [low, high] = [0, heads.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = heads[middle]
    if (other !== undefined && inOrder(other, head)) low = middle + 1
    else high = middle
  }
  heads.splice(low, 0, head)
}

function inOrder(a: Head, b: Head): boolean {
  const order = compareKeys(a.entry.key, b.entry.key)
  return order < 0 || (order === 0 && a.order <= b.order)
}
