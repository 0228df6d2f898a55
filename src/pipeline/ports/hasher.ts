import type { Checksum } from './objects.js'

/** An MD5 that grows. The pipeline computes none itself: whoever runs it hands them in. */
export interface Hasher {
  update(bytes: Uint8Array): void
  /** 16 bytes; then it is used up. */
  digest(): Uint8Array
}

export type NewHasher = () => Hasher

/** A checksum of that kind; undefined where it can't be computed here. */
export type NewChecksum = (algorithm: Checksum['algorithm']) => Hasher | undefined
