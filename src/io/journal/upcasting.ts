import type { BucketPair } from '../../pipeline/ports/bucket-pair.js'

/** A line of a journal as parsed JSON. Only its type is known. */
export type JsonLine = Readonly<Record<string, unknown>> & { readonly type: string }

/**
 * Converts a line to this version's schema. `pairs` are those of the run: a journal refers to a pair by its index. Lines without a rule are
 * unchanged, and the schema validates them.
 *
 * Earlier schemas: 1 wrote pairs out, and its pages named no keys. 1 and 2 had separate event types for a repeated listing and for repeated
 * deletes.
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
