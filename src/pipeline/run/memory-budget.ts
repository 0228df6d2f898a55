const KiB = 2 ** 10
const MiB = 2 ** 20

/** Bytes of bodies in flight, all together, by default (`--max-memory`). */
export const MAX_MEMORY = 64 * MiB
/** Less would not do for a single body. */
export const SMALLEST_MEMORY = MiB

/** Bodies larger than this gain nothing from being held whole (measured). bytes */
const WHOLE_AT_MOST = MiB
const WHOLE_AT_LEAST = 16 * KiB
/** What a body holds while it is read from one socket and written to another, bytes: what is read ahead, and what both sockets buffer. */
const STREAM = 256 * KiB

/** Up to which size bodies may be held whole when so many workers each hold one, bytes. */
export function wholeBodies(maxMemory: number, workers: number): number {
  return Math.max(WHOLE_AT_LEAST, Math.min(WHOLE_AT_MOST, Math.floor(maxMemory / workers)))
}

/** How many bodies may be streamed at once, parts of large objects among them. */
export function streamsAtOnce(maxMemory: number): number {
  return Math.max(1, Math.floor(maxMemory / STREAM))
}
