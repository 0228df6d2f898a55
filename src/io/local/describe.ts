import type { BigIntStats } from 'node:fs'
import type { ObjectEntry } from '../../pipeline/ports/objects.js'
import { milliseconds, wasTimeSet } from './times.js'

/**
 * What a file is as an object. Its ETag stands for the state the file is in, and says by its beginning that it is no hash of the bytes: another
 * file of the same name, and one whose bytes, rights or times were changed, have another one.
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
