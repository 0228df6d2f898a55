const KiB = 2 ** 10
const MiB = 2 ** 20

/** Default maximum of body bytes in flight (`--max-memory`). */
export const MAX_MEMORY = 64 * MiB
/** The minimum for a single body. */
export const SMALLEST_MEMORY = MiB

/** Larger bodies gain nothing from being held as a whole (measured). bytes */
const WHOLE_AT_MOST = MiB
const WHOLE_AT_LEAST = 16 * KiB
/** Memory of a body that is streamed from one socket to another, bytes: the read-ahead and both socket buffers. */
const STREAM = 256 * KiB

/** The maximum size of bodies held as a whole if each worker holds one, bytes. */
export function wholeBodies(maxMemory: number, workers: number): number {
  return Math.max(WHOLE_AT_LEAST, Math.min(WHOLE_AT_MOST, Math.floor(maxMemory / workers)))
}

/** Maximum number of bodies streamed at once, including parts of large objects. */
export function streamsAtOnce(maxMemory: number): number {
  return Math.max(1, Math.floor(maxMemory / STREAM))
}
