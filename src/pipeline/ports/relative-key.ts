import type { BucketPair, BucketPrefix, Side } from './bucket-pair.js'

/**
 * The part of a key after the prefix of its place: `''` for the object named by the prefix itself, else `/…`. An object has the same tail
 * at source and target, and tails sort like keys.
 */
export function tailOf(place: BucketPrefix, key: string): string {
  return place.prefix === '' ? `/${key}` : key.slice(place.prefix.length)
}

/** The join keys of source and target: each key relative to its prefix. */
export function tailsOf(pair: BucketPair): Readonly<Record<Side, (key: string) => string>> {
  return { source: (key) => tailOf(pair.source, key), target: (key) => tailOf(pair.target, key) }
}

/** The key of `tail` at `place`; undefined if there is none: it would be empty, or outside the place. */
export function keyOf(place: BucketPrefix, tail: string): string | undefined {
  if (tail === '' && !place.self) return undefined
  const key = place.prefix === '' ? tail.slice(1) : place.prefix + tail
  return key === '' ? undefined : key
}

/** The target key of a source object: the source's prefix is replaced by the target's (cli.md, locations). */
export function targetKey(pair: BucketPair, sourceKey: string): string | undefined {
  return keyOf(pair.target, tailOf(pair.source, sourceKey))
}

/** The name of a key for filters: relative to the prefix; for the object named by the prefix itself, its last segment. */
export function nameOf(place: BucketPrefix, key: string): string {
  const tail = tailOf(place, key)
  return tail === '' ? key.slice(key.lastIndexOf('/') + 1) : tail.slice(1)
}

/** Whether a key is below a prefix, which is given without its `/`. */
export function isBelow(prefix: string, key: string): boolean {
  return key.startsWith(`${prefix}/`)
}

/** The prefix to list for the keys below a place. */
export function listPrefix(place: BucketPrefix): string {
  return place.prefix === '' ? '' : `${place.prefix}/`
}

/** Whether a key belongs to a place. */
export function isAt(place: BucketPrefix, key: string): boolean {
  if (place.prefix === '') return true
  return (place.self && key === place.prefix) || (place.only !== true && isBelow(place.prefix, key))
}
