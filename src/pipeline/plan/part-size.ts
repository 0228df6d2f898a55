import type { SyncPlan } from './sync-plan.js'
import type { ByteRange } from '../ports/objects.js'

const MiB = 2 ** 20
const GiB = 2 ** 30

/** S3's limits (Amazon S3 user guide, "Multipart upload limits"), bytes and parts. */
export const LIMITS = { smallestPart: 5 * MiB, largestPart: 5 * GiB, parts: 10_000, largestObject: 10_000 * 5 * GiB } as const

/** Maximum object size of CopyObject (Amazon S3 API reference), bytes. */
export const LARGEST_COPY = 5 * GiB

/** Default part size, bytes. */
export const PART_SIZE = 16 * MiB
/** Default part size of server-side copies, bytes: there each part only costs a request. */
export const PART_SIZE_ON_SERVER = 256 * MiB
/** Larger objects are copied in parts, bytes. */
export const PART_THRESHOLD = 64 * MiB
/** An object whose ETag is its MD5 is copied in one piece up to this size, bytes. */
export const LARGEST_WHOLE = GiB

/**
 * The largest object that is copied in one piece, bytes. `hasMd5`: its ETag is its MD5. A copy in one piece then has the same ETag, which
 * proves its bytes for nothing, now and in every later run.
 */
export function largestInOnePiece(
  { partThreshold, largestWhole, proof }: Pick<SyncPlan, 'partThreshold' | 'largestWhole' | 'proof'>,
  hasMd5: boolean,
): number {
  return proof && hasMd5 ? Math.max(partThreshold, largestWhole) : partThreshold
}

/**
 * Returns the part size in bytes for an object of `size` bytes. The part size of the source is used if S3 allows it: equal part sizes give
 * equal ETags, so later runs can compare them. Otherwise it is `usual`, or more (in whole MiB) to stay within 10 000 parts.
 */
export function partSizeFor(size: number, usual: number, sourcePartSize?: number): number {
  if (sourcePartSize !== undefined && allowed(size, sourcePartSize)) return sourcePartSize
  return Math.max(usual, Math.ceil(size / LIMITS.parts / MiB) * MiB)
}

/** Parts of one object in flight: more for larger objects, which would otherwise take longer. */
export function partsAtOnce(size: number): number {
  return Math.max(4, Math.min(16, Math.ceil(size / (256 * MiB))))
}

function allowed(size: number, partSize: number): boolean {
  return partSize >= LIMITS.smallestPart && partSize <= LIMITS.largestPart && Math.ceil(size / partSize) <= LIMITS.parts
}

/** Default part sizes of clients, MiB. */
const USUAL = [5, 8, 10, 15, 16, 25, 32, 50, 64, 100, 128, 256, 512]

/** Possible part sizes of an object with `count` parts, bytes: the usual ones, and the smallest in whole MiB. */
export function possiblePartSizes(size: number, count: number): readonly number[] {
  const smallest = Math.ceil(size / count / MiB)
  return [...new Set([smallest, ...USUAL])].map((mib) => mib * MiB).filter((partSize) => Math.ceil(size / partSize) === count)
}

/**
 * The likely part size of an object with `count` parts. `told` is the size of its first part as reported by the server; some servers ignore
 * the part number and report the size of the whole object. Then the smallest size in whole MiB that gives the same number of parts.
 */
export function likelyPartSize(size: number, count: number, told: number): number | undefined {
  if (Math.ceil(size / told) === count) return told
  const guess = Math.ceil(size / count / MiB) * MiB
  return Math.ceil(size / guess) === count ? guess : undefined
}

export interface Part extends ByteRange {
  /** from 1 */
  readonly number: number
}

/** Cuts `size` bytes into parts of `partSize`, all equal except the last (required by R2). Lazy: 10 000 parts need no array. */
export function* partsOf(size: number, partSize: number): Generator<Part> {
  for (let start = 0, number = 1; start < size; start += partSize, number++) {
    yield { number, start, end: Math.min(start + partSize, size) }
  }
}
