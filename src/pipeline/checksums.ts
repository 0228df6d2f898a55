import { sided } from './sided.js'
import type { Copy, Stores } from './transfer.js'

/**
 * Whether both sides keep a checksum of the same kind over the whole object, and it is equal. Where they have none in common, nothing is
 * known, and an object that somebody wanted compared by checksum is copied.
 */
export async function sameChecksum(stores: Stores, { from, to }: Copy, signal: AbortSignal): Promise<boolean> {
  const [source, target] = await Promise.all([
    sided('source', stores.source.head({ bucket: from.bucket, key: from.entry.key, signal })),
    sided('target', stores.target.head({ ...to, signal })),
  ])
  return Object.entries(source.checksums).some(([algorithm, checksum]) => target.checksums[algorithm] === checksum)
}
