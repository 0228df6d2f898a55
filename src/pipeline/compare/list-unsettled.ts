import { join } from '../listing/merge-join.js'
import { Range } from '../listing/key-range.js'
import type { PairListings } from '../listing/pair-listings.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { OrderViolation, StoreError } from '../ports/failure.js'
import { compareKeys } from '../ports/key-order.js'
import { tailOf, tailsOf, targetKey } from '../ports/relative-key.js'
import type { Run } from '../run/run-context.js'
import type { PlanItem } from './plan-item.js'

/** A page of a listing replaces up to a thousand HEADs of each side; for fewer keys per worker than this, HEADs are as fast. */
const PER_WORKER = 4

/**
 * Looks up the objects that an earlier process did not settle, in listings of source and target: a HEAD of each would make a resume slower than a
 * new run. `look`: the item for a key that needs a HEAD of each side: the target has it, or the source no longer does. Keys that are far
 * apart, and all keys after a listing that failed, are looked at one by one.
 */
export async function* listUnsettled<T>(
  { plan }: Pick<Run, 'plan'>,
  pair: BucketPair,
  unsettled: readonly string[],
  listings: PairListings,
  look: (key: string) => T | undefined,
): AsyncGenerator<readonly (T | PlanItem)[]> {
  const worthwhile = PER_WORKER * plan.workers
  const looks = (keys: readonly string[]): T[] => keys.flatMap((key) => look(key) ?? [])
  const tail = (key: string): string => tailOf(pair.source, key)
  let left = [...unsettled].sort((a, b) => compareKeys(tail(a), tail(b)))
  let isDense = listings.probe !== undefined
  while (isDense && left.length > worthwhile) {
    // A listing starts after a key.
    const [first = '', ...others] = left
    yield looks([first])
    left = others
    const before = left.length
    try {
      for await (const { upTo, entries, targets, unknown } of joined(pair, first, listings)) {
        const end = left.findIndex((key) => compareKeys(tail(key), upTo) > 0)
        const passed = new Set(end < 0 ? left : left.slice(0, end))
        const size = passed.size
        left = left.slice(size)
        const items: PlanItem[] = []
        for (const [index, entry] of entries.entries()) {
          const to = targetKey(pair, entry.key)
          if (to === undefined || targets[index] !== undefined || unknown?.has(index) === true) continue
          if (!passed.delete(entry.key)) continue
          const copy = { from: { bucket: pair.source.bucket, entry }, to: { bucket: pair.target.bucket, key: to } }
          items.push({ type: 'object', copy, there: undefined, verdict: { action: 'copy', reason: 'new' } })
        }
        yield [...items, ...looks([...passed])]
        if (left.length === 0 || size < worthwhile) break
      }
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof OrderViolation)) throw error
      isDense = false
    }
    isDense &&= before - left.length >= worthwhile
  }
  yield looks(left)
}

function joined(pair: BucketPair, after: string, listings: PairListings) {
  const range = new Range(pair, tailOf(pair.source, after), undefined)
  return join(listings.list('source', range), listings.list('target', range), tailsOf(pair), {
    source: after,
    target: targetKey(pair, after),
  })
}
