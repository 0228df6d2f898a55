import type { BigIntStats } from 'node:fs'
import type { ObjectEntry } from '../../pipeline/ports/objects.js'
import { milliseconds, wasTimeSet } from './times.js'

/**
 * Describes a file as an object. Its ETag identifies the state of the file, and its prefix shows that it is no hash of the bytes. Another
 * file of the same name has another ETag, and so has a file whose bytes, permissions or times changed.
 */
export function describe(found: BigIntStats): Omit<ObjectEntry, 'key'> {
  const { size, mtimeNs, ctimeNs, dev, ino } = found
  return {
    size: Number(size),
    etag: `mtime:${mtimeNs}:${size}:${ctimeNs}:${dev}:${ino}`,
    lastModified: milliseconds(mtimeNs),
    ...(wasTimeSet(found) && { timeGiven: true as const }),
  }
}
