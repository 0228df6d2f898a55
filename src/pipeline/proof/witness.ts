import type { NewHasher } from '../ports/hasher.js'
import type { ObjectStore } from '../ports/object-store.js'
import { isMd5 } from './compare-etags.js'
import { etagOf } from './multipart-etag.js'

/** Objects that are looked at, and the largest one that is read, bytes. */
const LOOKED_AT = 50
const WITNESSES = 2
const LARGEST = 2 ** 20

/**
 * Whether the plain ETags of a bucket are MD5s, judged by other objects than `except`: true if one of them has the MD5 of its bytes, false
 * if none has, undefined if there is no other object to judge by. Reads at most two small objects.
 */
export async function hasMd5Etags(
  store: ObjectStore,
  { bucket, except }: { readonly bucket: string; readonly except: string },
  newHasher: NewHasher,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const { entries } = await store.listPage({ bucket, prefix: '', limit: LOOKED_AT, signal })
  const witnesses = entries
    .filter(({ key, etag, size, archived }) => key !== except && isMd5(etag) && size > 0 && size <= LARGEST && archived !== true)
    .slice(0, WITNESSES)
  for (const { key, etag } of witnesses) {
    const { body } = await store.get({ bucket, key, ifMatch: etag, gather: LARGEST, signal })
    if ((await etagOf(body, undefined, newHasher)) === etag.toLowerCase()) return true
  }
  return witnesses.length === 0 ? undefined : false
}
