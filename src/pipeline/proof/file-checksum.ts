import type { NewChecksum } from '../ports/hasher.js'
import type { Checksum } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import { base64, digestOf } from './multipart-etag.js'
import { type ObjectOnSide, open } from './recompute-etag.js'

/** Whether a file's bytes match one of the object's checksums; undefined if none of the algorithms is available. */
export async function hasChecksum(
  file: ObjectOnSide,
  checksums: readonly Checksum[],
  newChecksum: NewChecksum,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  for (const { algorithm, value } of checksums) {
    const hasher = newChecksum(algorithm)
    if (hasher === undefined) continue
    const digest = await onSide(file.name, digestOf(await open(file, signal), hasher))
    return base64(digest) === value
  }
  return undefined
}
