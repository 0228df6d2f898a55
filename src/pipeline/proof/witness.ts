import type { NewHasher } from '../ports/hasher.js'
import type { ObjectEntry } from '../ports/objects.js'
import type { ObjectStore } from '../ports/object-store.js'
import { isMd5 } from './compare-etags.js'
import { etagRead } from './multipart-etag.js'

/** Objects that are looked at, those that are read, and the largest of these, bytes. */
const LOOKED_AT = 50
const WITNESSES = 2
const LARGEST = 64 * 2 ** 20

/**
 * Whether the plain ETags of a bucket are MD5s, judged by other objects than `except`: true if one of them has the MD5 of its bytes, false
 * if none has, undefined if there is no other object to judge by. Reads at most the two smallest of the first, twice if they do not fit.
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
    .sort((a, b) => a.size - b.size)
    .slice(0, WITNESSES)
  const md5Of = ({ key, etag, size }: ObjectEntry): Promise<string> =>
    etagRead(store.get({ bucket, key, ifMatch: etag, size, signal }), undefined, newHasher)
  let misfits = 0
  for (const witness of witnesses) {
    const found = await md5Of(witness)
    if (found === witness.etag.toLowerCase()) return true
    // Bytes that were damaged in flight differ the next time.
    if (found === (await md5Of(witness))) misfits++
  }
  return misfits === 0 ? undefined : false
}
