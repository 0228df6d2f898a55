import type { Checksum } from './objects.js'

/** An incremental hash, e.g. MD5. The pipeline contains no implementation: the caller passes one in. */
export interface Hasher {
  update(bytes: Uint8Array): void
  /** 16 bytes for MD5; the hasher cannot be used afterwards. */
  digest(): Uint8Array
  /** A hasher with the same bytes so far. */
  copy(): Hasher
}

export type NewHasher = () => Hasher

/** A hasher for a checksum algorithm; undefined if it is not available. */
export type NewChecksum = (algorithm: Checksum['algorithm']) => Hasher | undefined
