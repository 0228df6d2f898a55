import type { Checksum } from './ports.js'
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
  return source.checksums.some((here) => target.checksums.some((there) => sameAs(here, there)))
}

function sameAs(a: Checksum, b: Checksum): boolean {
  return a.algorithm === b.algorithm && a.value === b.value
}
