import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Hasher } from '../pipeline/ports/hasher.js'
import type { Checksum } from '../pipeline/ports/objects.js'

/** An incremental MD5. */
export function newMd5(): Hasher {
  return createHash('md5')
}

/** An incremental checksum; undefined for an algorithm that Node lacks. */
export function newChecksum(algorithm: Checksum['algorithm']): Hasher | undefined {
  switch (algorithm) {
    case 'SHA1':
      return createHash('sha1')
    case 'SHA256':
      return createHash('sha256')
    case 'CRC32':
      return new Crc32()
    case 'CRC32C':
    case 'CRC64NVME':
      return undefined
  }
}

class Crc32 implements Hasher {
  constructor(private value = 0) {}

  update(bytes: Uint8Array): void {
    this.value = crc32(bytes, this.value)
  }

  digest(): Uint8Array {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(this.value)
    return bytes
  }

  copy(): Hasher {
    return new Crc32(this.value)
  }
}
