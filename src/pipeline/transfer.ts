import { discard } from './content.js'
import { isMd5 } from './decide.js'
import { StoreError } from './errors.js'
import type { ObjectEntry, ObjectHead, ObjectStore } from './ports.js'
import { sameBytes } from './same-bytes.js'
import { sided } from './sided.js'

/** The two stores of a run. Never the same client (design.md, decision 6). */
export interface Stores {
  readonly source: ObjectStore
  readonly target: ObjectStore
}

/** One object on its way, `entry` being the source's as it was last seen. */
export interface Copy {
  readonly from: { readonly bucket: string; readonly entry: ObjectEntry }
  readonly to: { readonly bucket: string; readonly key: string }
}

/** What is known of a pair: whether plain ETags are MD5s on both sides. Assumed until a copy that was read back proves otherwise. */
export interface EtagTrust {
  areMd5: boolean
}

/** What arrived. */
export interface Copied {
  /** bytes */
  readonly size: number
  readonly etag: string
}

/**
 * Copies an object in one piece: one GET, pinned to the listed ETag, streamed into one PUT; then checks what the target says it has. The
 * target is told beforehand the checksum that the source keeps of the object and, with `announce`, its MD5, where the ETag is one; it refuses
 * anything else. Bodies of at most `gather` bytes are held whole, which costs less than a stream.
 */
export async function copyWhole(
  stores: Stores,
  copy: Copy,
  trust: EtagTrust,
  announce: boolean,
  gather: number,
  signal: AbortSignal,
): Promise<Copied> {
  const { bucket, entry } = copy.from
  const answer = await sided('source', stores.source.get({ bucket, key: entry.key, ...pinned(entry), gather, signal }))
  if (answer.length !== entry.size) {
    discard(answer.body)
    throw changed(`listed with ${entry.size} bytes, now ${answer.length}`)
  }
  const { body, length: size, attributes } = answer
  const [checksum] = answer.checksums
  const md5 = announce && trust.areMd5 && isMd5(entry.etag) ? entry.etag : undefined
  try {
    const put = stores.target.put({ bucket: copy.to.bucket, key: copy.to.key, body, size, attributes, md5, checksum, signal })
    const { etag } = await sided('target', put)
    await checkEtag(stores, copy, etag, trust, signal)
    return { size, etag }
  } finally {
    discard(answer.body)
  }
}

/** The condition that the object is still the listed one; none where the listing tells no ETag. */
export function pinned(entry: ObjectEntry): { readonly ifMatch?: string } {
  return entry.etag === '' ? {} : { ifMatch: entry.etag }
}

export function changed(message: string): StoreError {
  return new StoreError({ kind: 'changed', operation: 'Copy', code: 'SourceChanged', message, side: 'source' })
}

/** The source object as it is now, after an attempt found it changed. */
export async function lookAgain(stores: Stores, copy: Copy, signal: AbortSignal): Promise<Copy> {
  const { bucket, entry } = copy.from
  const head: ObjectHead = await sided('source', stores.source.head({ bucket, key: entry.key, signal }))
  const seen: ObjectEntry = { key: entry.key, size: head.size, etag: head.etag, lastModified: head.lastModified }
  return { ...copy, from: { bucket, entry: seen } }
}

/**
 * Where both ETags are MD5s they must be equal. When they are not, either the bytes are wrong or one side's ETags are no MD5s (encryption,
 * odd servers). Both objects are read to find out: once a pair, since an innocent mismatch ends the trust.
 */
export async function checkEtag(stores: Stores, copy: Copy, etag: string, trust: EtagTrust, signal: AbortSignal): Promise<void> {
  const { bucket, entry } = copy.from
  const comparable = isMd5(entry.etag) === isMd5(etag)
  if (!trust.areMd5 || !comparable || entry.etag === '' || entry.etag === etag) return
  const there = await sided('target', stores.target.get({ ...copy.to, signal }))
  const here = await sided('source', stores.source.get({ bucket, key: entry.key, signal, ...pinned(entry) })).catch(
    (error: unknown) => {
      discard(there.body)
      throw error
    },
  )
  if (!(await sameBytes(here.body, there.body))) {
    const message = `read back, the target's bytes are not the source's (ETag ${etag}, expected ${entry.etag})`
    throw new StoreError({ kind: 'changed', operation: 'Copy', code: 'Corrupted', message, side: 'target' })
  }
  trust.areMd5 = false
}
