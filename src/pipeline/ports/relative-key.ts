import type { BucketPair, BucketPrefix, Side } from './bucket-pair.js'

/**
 * What a place's key is called apart from the place's prefix: `''` for the object named by the prefix itself, else `/…`.
 * Source and target of a pair have the same tail for the same object, and ascend as the keys do.
 */
export function tailOf(place: BucketPrefix, key: string): string {
  return place.prefix === '' ? `/${key}` : key.slice(place.prefix.length)
}

/** By these the keys of the two sides of a pair are compared: each below its own prefix. */
export function tailsOf(pair: BucketPair): Readonly<Record<Side, (key: string) => string>> {
  return { source: (key) => tailOf(pair.source, key), target: (key) => tailOf(pair.target, key) }
}

/** The key of `tail` at `place`; undefined when there is none: it would be empty, or that of an object beside the place. */
export function keyOf(place: BucketPrefix, tail: string): string | undefined {
  if (tail === '' && !place.self) return undefined
  const key = place.prefix === '' ? tail.slice(1) : place.prefix + tail
  return key === '' ? undefined : key
}

/** Where an object of the source goes: the source's prefix is replaced by the target's (cli.md, locations). */
export function targetKey(pair: BucketPair, sourceKey: string): string | undefined {
  return keyOf(pair.target, tailOf(pair.source, sourceKey))
}

/** What a key is called for those who choose by names: what is below the prefix; of the object named by the prefix itself, its last part. */
export function nameOf(place: BucketPrefix, key: string): string {
  const tail = tailOf(place, key)
  return tail === '' ? key.slice(key.lastIndexOf('/') + 1) : tail.slice(1)
}

/** Whether a key lies below a prefix that is written without its `/`. */
export function isBelow(prefix: string, key: string): boolean {
  return key.startsWith(`${prefix}/`)
}

/** The prefix to list for the keys below a place. */
export function listPrefix(place: BucketPrefix): string {
  return place.prefix === '' ? '' : `${place.prefix}/`
}

/** Whether a key is one of a place's. */
export function isAt(place: BucketPrefix, key: string): boolean {
  if (place.prefix === '') return true
  return (place.self && key === place.prefix) || (place.only !== true && isBelow(place.prefix, key))
}
