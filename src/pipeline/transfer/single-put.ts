import { isTimeSettled } from '../compare/clock-difference.js'
import type { Emit } from '../events/emit.js'
import type { SuspectedFeatures } from '../metadata/metadata-copier.js'
import { discard } from '../ports/body.js'
import { StoreError } from '../ports/failure.js'
import { type Copy, pinned, sourceChanged, sourceOf } from '../ports/object-copy.js'
import type { Extras } from '../ports/object-metadata.js'
import type { ObjectEntry, Written } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import type { Stores } from '../ports/stores.js'
import { isMd5 } from '../proof/compare-etags.js'
import { sameBytes } from '../proof/same-bytes.js'
import { type EtagTrust, learnEncryption } from '../run/etag-trust.js'
import type { Route } from './route.js'

/**
 * Copies an object in one piece: one GET, pinned to the listed ETag, streamed into one PUT; then checks the ETag that the target reports.
 * The source's checksum and, with `announce`, the MD5 are sent in advance, so the target refuses other bytes. The object's metadata is sent
 * as far as the target accepts it. Bodies of at most `gather` bytes are held as a whole, which costs less than a stream. Call it within
 * `MetadataCopier.yielding`, which provides `suspected`. (No spreads here: each costs 1 µs per object.)
 */
export async function copySinglePut(
  { stores, trust, metadataCopier }: Route,
  copy: Copy,
  suspected: SuspectedFeatures,
  announce: boolean,
  gather: number,
  emit: Emit,
  signal: AbortSignal,
): Promise<Written> {
  const { from, to } = copy
  const { entry, bucket, versionId } = from
  const ifMatch = entry.etag === '' ? undefined : entry.etag
  const lastModified = timeFor(stores, entry)
  const answer = await onSide('source', stores.source.get({ bucket, key: entry.key, versionId, ifMatch, gather, signal }))
  if (answer.length !== entry.size) {
    discard(answer.body)
    throw sourceChanged(`listed with ${entry.size} bytes, now ${answer.length}`)
  }
  try {
    const { body, length: size, attributes } = answer
    const checksum = metadataCopier.announced(answer.checksums[0])
    const isHidden = learnEncryption(trust, answer.properties.encryption)
    const md5 = announce && trust.facts.etags !== 'none' && isMd5(entry.etag) && !isHidden ? entry.etag : undefined
    const wishing = metadataCopier.expected(sourceOf(copy), answer, signal)
    const expected = wishing === undefined ? undefined : await wishing
    const { now: extras, later } = lockable(
      metadataCopier.granted(expected, suspected),
      md5 !== undefined || body instanceof Uint8Array,
    )
    const { target } = stores
    const put = target.put({
      bucket: to.bucket,
      key: to.key,
      body,
      size,
      attributes,
      lastModified,
      md5,
      checksum,
      extras,
      signal,
    })
    const written = await metadataCopier.written(extras, suspected, put)
    if (!isHidden) await checkEtag(stores, copy, written, trust, signal)
    if (later !== undefined) await metadataCopier.lock(later, to, written, signal)
    await metadataCopier.judge(expected, entry.key, to, written, emit, signal)
    return written
  } finally {
    discard(answer.body)
  }
}

/**
 * Checks after the copy that the source object is still the same. Files are always checked, because they can change at any time. Other
 * objects are checked only if the target's ETag differs from the source's: equal ETags let every later listing detect a change. With
 * different ETags only times are compared, and a change during the copy would look older than the copy.
 */
export async function checkSourceUnchanged(stores: Stores, copy: Copy, { etag }: Written, signal: AbortSignal): Promise<void> {
  const { entry } = copy.from
  const { files } = stores.source
  if (files !== undefined) {
    if (await onSide('source', files.isStill({ ...sourceOf(copy), etag: entry.etag, signal }))) return
    throw sourceChanged('it was changed while it was copied')
  }
  // A file has the modification time of its object.
  const isTold = entry.etag === etag || stores.target.files !== undefined
  if (isTold || copy.from.versionId !== undefined) return
  const now = await onSide('source', stores.source.head({ ...sourceOf(copy), signal }))
  const isSame =
    entry.etag === ''
      ? now.size === entry.size && Math.floor(now.lastModified / 1_000) === Math.floor(entry.lastModified / 1_000)
      : now.etag === entry.etag
  if (!isSame) throw sourceChanged('replaced while it was copied')
}

/**
 * Compares the ETags of source and copy. If both are MD5s but differ, either the bytes are wrong or the ETags of one side are not MD5s
 * (encryption, unusual servers). Then both objects are read to find out: only once for a pair with such ETags, since equal bytes end the
 * trust.
 */
export async function checkEtag(
  stores: Stores,
  copy: Copy,
  { etag, encryption, versionId }: Written,
  trust: EtagTrust,
  signal: AbortSignal,
): Promise<void> {
  const { entry } = copy.from
  const comparable = !learnEncryption(trust, encryption) && isMd5(entry.etag) === isMd5(etag)
  if (trust.facts.etags === 'none' || !comparable || entry.etag === '' || entry.etag === etag) return
  const there = await onSide('target', stores.target.get({ ...copy.to, versionId, signal }))
  const here = await onSide('source', stores.source.get({ ...sourceOf(copy), signal, ...pinned(entry) })).catch(
    (error: unknown) => {
      discard(there.body)
      throw error
    },
  )
  if (!(await sameBytes(here.body, there.body))) {
    const message = `read back, the target's bytes are not the source's (ETag ${etag}, expected ${entry.etag})`
    throw new StoreError({ kind: 'changed', operation: 'Copy', code: 'Corrupted', message, side: 'target' })
  }
  trust.learn({ etags: 'none' })
}

/**
 * The modification time that a file gets from its source object, ms; undefined while a later version of the object could have the same
 * time, because the file would then look like that version. Call this before the object is read.
 */
export function timeFor({ source, target }: Stores, entry: ObjectEntry): number | undefined {
  return target.files !== undefined && isTimeSettled(entry, source.clock()) ? entry.lastModified : undefined
}

/** Splits extras into those for the write and those for afterwards: only bytes with a known digest can be locked by their write. */
export function lockable(
  extras: Extras | undefined,
  hasDigest: boolean,
): { readonly now: Extras | undefined; readonly later: Extras | undefined } {
  const isLocked = extras?.retention !== undefined || extras?.legalHold !== undefined
  if (hasDigest || !isLocked) return { now: extras, later: undefined }
  const { retention, legalHold, ...others } = extras
  return { now: others, later: { ...(retention && { retention }), ...(legalHold && { legalHold }) } }
}
