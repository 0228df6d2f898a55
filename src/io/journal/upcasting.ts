import type { BucketPair } from '../../pipeline/ports/bucket-pair.js'

/** A line of a journal as JSON has it, before anything of it but its type is known. */
export type JsonLine = Readonly<Record<string, unknown>> & { readonly type: string }

/**
 * A line as this version's schema describes it. `pairs` are the run's: a journal names a pair by its place among them. What no rule is about is
 * left as it is, and the schema judges it.
 *
 * Earlier schemas: 1 wrote pairs out, and its pages named no keys. 1 and 2 had a type of their own for a listing and for deletes that were
 * repeated.
 */
export function upcast(line: JsonLine, pairs: readonly BucketPair[]): JsonLine {
  const current = withPairs(line, pairs)
  switch (current.type) {
    case 'page-decided':
      return { keys: [], ...current }
    case 'listing-retried': {
      const { shard, ...others } = current
      return { ...others, ...(isObject(shard) && { pair: shard['pair'] }), type: 'attempt-failed' }
    }
    case 'deletes-retried':
      return { ...current, type: 'attempt-failed' }
    default:
      return current
  }
}

function withPairs(line: JsonLine, pairs: readonly BucketPair[]): JsonLine {
  const named = (place: unknown): unknown => (typeof place === 'number' ? pairs[place] : place)
  const inside = (shard: unknown): unknown => (isObject(shard) ? { ...shard, pair: named(shard['pair']) } : shard)
  return {
    ...line,
    ...('pair' in line && { pair: named(line['pair']) }),
    ...('shard' in line && { shard: inside(line['shard']) }),
    ...('other' in line && { other: inside(line['other']) }),
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
