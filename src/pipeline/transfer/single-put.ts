import { isTimeSettled } from '../compare/clock-difference.js'
import type { Emit } from '../events/emit.js'
import type { SuspectedFeatures } from '../run/target-capabilities.js'
import { discard } from '../ports/body.js'
import { type Copy, sourceChanged, sourceOf } from '../ports/object-copy.js'
import type { ObjectEntry, Written } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import type { Stores } from '../ports/stores.js'
import { isMd5 } from '../proof/compare-etags.js'
import type { Run } from '../run/run-context.js'
import { type Doubt, proveWritten, type Transferred } from './copy-proof.js'
import { splitExtras } from './deferred-extras.js'
import { asDigestRequired, hashedAsNeeded, Misfit, unlessMoved } from './hashed-reading.js'
import type { Route } from './route.js'

/**
 * Copies an object in one piece: one GET, pinned to the listed ETag, streamed into one PUT; then `proveWritten` says what proves the bytes.
 * The source's checksum and the MD5, if it is known before the write, are sent in advance, so the target refuses other bytes. The object's
 * metadata is sent as far as the target accepts it. Bodies of at most `gather` bytes are held as a whole, which costs less than a stream.
 * Call it within `MetadataCopier.yielding`, which provides `suspected`. (No spreads here: each costs 1 µs per object.)
 */
export async function copySinglePut(
  run: Run,
  route: Route,
  copy: Copy,
  suspected: SuspectedFeatures,
  doubt: Doubt,
  emit: Emit,
  signal: AbortSignal,
): Promise<Transferred> {
  const { stores, metadataCopier } = route
  const { from, to } = copy
  const { entry, bucket, versionId } = from
  const { gather } = run
  const ifMatch = entry.etag === '' ? undefined : entry.etag
  const lastModified = timeFor(stores, entry)
  const asked = stores.source.get({ bucket, key: entry.key, versionId, ifMatch, gather, size: entry.size, signal })
  const answer = await onSide('source', asked)
  if (answer.length !== entry.size) {
    discard(answer.body)
    throw sourceChanged(`listed with ${entry.size} bytes, now ${answer.length}`)
  }
  try {
    const reading = await hashedAsNeeded(run, route, copy, answer, doubt, signal)
    const { body, evidence } = reading
    const { attributes, length: size } = answer
    const { announced: md5, checksum } = evidence
    const wishing = metadataCopier.source.expected(sourceOf(copy), answer, signal)
    const expected = wishing === undefined ? undefined : await wishing
    const { now: extras, later } = splitExtras(
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
    const proof = await proveWritten(run, route, copy, written, reading.evidence, signal)
    await metadataCopier.finish(expected, later, entry.key, to, written, suspected, emit, signal)
    return Object.assign(written, { proof })
  } catch (error) {
    if (error instanceof Misfit) throw await unlessMoved(run, route, copy, error, signal)
    throw asDigestRequired(error, metadataCopier.digests)
  } finally {
    discard(answer.body)
  }
}

/**
 * Checks after the copy that the source object is still the same. Files are always checked, because they can change at any time. Other
 * objects are checked unless both have the same MD5 as ETag: then every later listing detects a change. ETags of parts may differ for the
 * same bytes, so with them, as with different ETags, only times are compared, and a change during the copy would look older than the copy.
 */
export async function checkSourceUnchanged(stores: Stores, copy: Copy, { etag }: Written, signal: AbortSignal): Promise<void> {
  const { entry } = copy.from
  const { files } = stores.source
  if (files !== undefined) {
    if (await onSide('source', files.isStill({ ...sourceOf(copy), etag: entry.etag, signal }))) return
    throw sourceChanged('it was changed while it was copied')
  }
  // A file has the modification time of its object.
  const isTold = (entry.etag === etag && isMd5(etag)) || stores.target.files !== undefined
  if (isTold || copy.from.versionId !== undefined) return
  const now = await onSide('source', stores.source.head({ ...sourceOf(copy), signal }))
  const isSame =
    entry.etag === ''
      ? now.size === entry.size && Math.floor(now.lastModified / 1_000) === Math.floor(entry.lastModified / 1_000)
      : now.etag === entry.etag
  if (!isSame) throw sourceChanged('replaced while it was copied')
}

/**
 * The modification time that a file gets from its source object, ms; undefined while a later version of the object could have the same
 * time, because the file would then look like that version. Call this before the object is read.
 */
export function timeFor({ source, target }: Stores, entry: ObjectEntry): number | undefined {
  return target.files !== undefined && isTimeSettled(entry, source.clock()) ? entry.lastModified : undefined
}
