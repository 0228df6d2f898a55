/** The side of a pair. */
export type Side = 'source' | 'target'

/** One side of a pair: the keys of `bucket` below `prefix`. */
export interface BucketPrefix {
  readonly bucket: string
  /** Without a trailing `/`; empty for the whole bucket. */
  readonly prefix: string
  /** Whether the object named exactly `prefix` belongs to it (`A:b/x` yes, `A:b/x/` no). Has no meaning without a prefix. */
  readonly self: boolean
  /** Only the object named `prefix` belongs to it (cli.md, "One object"). */
  readonly only?: true
}

/** A place that consists of one object. */
export function oneObject(bucket: string, key: string): BucketPrefix {
  return { bucket, prefix: key, self: true, only: true }
}

/** A bucket (or prefix) and its target. */
export interface BucketPair {
  readonly source: BucketPrefix
  readonly target: BucketPrefix
}

/** Whether two pairs have the same source and target. */
export function samePair(a: BucketPair, b: BucketPair): boolean {
  return a === b || (samePlace(a.source, b.source) && samePlace(a.target, b.target))
}

function samePlace(a: BucketPrefix, b: BucketPrefix): boolean {
  return a.bucket === b.bucket && a.prefix === b.prefix && a.only === b.only
}

/**
 * A range of the source's keys `(after, upTo]` of one pair: the unit of listing, joining, resuming and distributing work. Plain data. A
 * missing bound is open.
 */
export interface Shard {
  readonly pair: BucketPair
  readonly after?: string
  readonly upTo?: string
}

/** A pair as one shard. */
export function wholePair(pair: BucketPair): Shard {
  return { pair }
}
