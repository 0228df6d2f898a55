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
 * Copies an object in one piece: one GET, pinned to the listed ETag, streamed into one PUT; then checks what the target says it has. The
 * checksum that the source has of the object and, with `announce`, its MD5 are sent beforehand; the target refuses anything else. The object's
 * metadata is sent as well, as far as the target takes it. Bodies of at most `gather` bytes are held whole, which costs less
 * than a stream. `suspected`: of `MetadataCopier.yielding`, within which it is to be done. (No spreads here: each costs a microsecond, for each object.)
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
 * Makes sure, once the target has the copy, that the source still has the object it was made of: a file, which is replaced or written to
 * without asking, always. Of other objects, where the target's ETag is the source's, every later listing tells. Where it is not, only times
 * will: a change that came while the bytes were moving would look older than the copy.
 */
export async function checkSourceUnchanged(stores: Stores, copy: Copy, { etag }: Written, signal: AbortSignal): Promise<void> {
  const { entry } = copy.from
  const { files } = stores.source
  if (files !== undefined) {
    if (await onSide('source', files.isStill({ ...sourceOf(copy), etag: entry.etag, signal }))) return
    throw sourceChanged('it was changed while it was copied')
  }
  // A file shows the time of the object that it was made of.
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
 * Where both ETags are MD5s they must be equal. When they are not, either the bytes are wrong or one side's ETags are no MD5s (encryption,
 * odd servers). Both objects are read to find out: once a pair, since an innocent mismatch ends the trust.
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
 * The time that a file gets of the object it is copied from, ms: none while a later version of the object could have the same time, by which
 * the file would seem to be that version. Ask before the object is read.
 */
export function timeFor({ source, target }: Stores, entry: ObjectEntry): number | undefined {
  return target.files !== undefined && isTimeSettled(entry, source.clock()) ? entry.lastModified : undefined
}

/** Extras for the write, and extras for afterwards: only bytes of a known digest can be locked as they are written. */
export function lockable(
  extras: Extras | undefined,
  hasDigest: boolean,
): { readonly now: Extras | undefined; readonly later: Extras | undefined } {
  const isLocked = extras?.retention !== undefined || extras?.legalHold !== undefined
  if (hasDigest || !isLocked) return { now: extras, later: undefined }
  const { retention, legalHold, ...others } = extras
  return { now: others, later: { ...(retention && { retention }), ...(legalHold && { legalHold }) } }
}
