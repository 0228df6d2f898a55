import type { CopyProof } from '../events/reasons.js'
import { StoreError } from '../ports/failure.js'
import type { Copy } from '../ports/object-copy.js'
import type { Written } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import type { UploadedPart } from '../ports/store-facets.js'
import type { Begun, InParts } from './begin-upload.js'
import { corrupted, etagAtTarget, hasChecksum, hasSourceEtag } from './copy-proof.js'
import { Misfit, unlessMoved } from './hashed-reading.js'
import { etagOfParts } from './part-digests.js'

/**
 * Completes the upload. If the first response was lost, the second call fails with `NoSuchUpload`. A HEAD request then shows whether the
 * first call succeeded: the object there has the ETag of these parts. An older object may have the same size.
 */
export async function completeUpload(
  copy: Copy,
  { run, route, uploads, doubt }: InParts,
  { upload: ref, digests, promised, checksum }: Begun,
  parts: readonly UploadedPart[],
  attempt: number,
  signal: AbortSignal,
): Promise<Written> {
  const { stores, metadataCopier } = route
  const own = digests?.wholeMd5()
  if (promised !== undefined && own !== undefined && own !== promised)
    throw await unlessMoved(run, route, copy, new Misfit(own), signal)
  const upload = { ...ref, parts, checksum }
  try {
    return await onSide('target', uploads.completeUpload({ ...upload, signal }))
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    if (error.failure.reason === 'corrupt' && checksum !== undefined) {
      // The bytes are those of the source, and the target has them: it only can't check this kind of checksum.
      if (promised !== undefined && digests?.isOpaque === false) {
        metadataCopier.digests.noteUploadChecksumRefused(error.failure.code)
        return onSide('target', uploads.completeUpload({ ...upload, checksum: undefined, signal }))
      }
      if (digests !== undefined) doubt.refusedParts = digests.etag()
    }
    // A part may have been damaged in transit: only a copy from the start helps.
    if (error.failure.reason === 'corrupt') throw new StoreError({ ...error.failure, kind: 'changed' }, { cause: error })
    if (error.failure.reason !== 'no-such-upload' || attempt === 1) throw error
    const head = await onSide('target', stores.target.head({ ...copy.to, signal }))
    const expected = etagOfParts(parts, run.newHasher)
    if (expected !== undefined && head.size === copy.from.entry.size && head.etag.toLowerCase() === expected)
      return { etag: head.etag }
    throw error
  }
}

/**
 * What proves the bytes of a completed upload: the ETag, if it is that of the source's parts; the checksum of the whole object, if the target
 * checked it; otherwise the digests of the parts, or the target read again if it tells none.
 * @throws {StoreError} `Corrupted` (kind `changed`)
 */
export async function proveParts(
  copy: Copy,
  { run, route, doubt }: InParts,
  { digests, promised, checksum, partSize, onServer }: Begun,
  written: Written,
  signal: AbortSignal,
): Promise<CopyProof> {
  const { stores, metadataCopier } = route
  if (hasSourceEtag(copy, written)) return 'etag'
  if (onServer) return 'server'
  if (!run.plan.proof) return 'none'
  if (checksum !== undefined && hasChecksum(written, checksum)) return 'checksum'
  const { etag } = copy.from.entry
  if (digests === undefined) {
    // The parts were not hashed, since the ETag had to be the source's: from now on they are.
    metadataCopier.digests.noteOpaqueParts()
    doubt.isDoubted = true
    throw corrupted(written.etag, etag)
  }
  // A second reading found the same bytes, so the checksum that the target refused was correct.
  if (doubt.refusedParts === digests.etag()) metadataCopier.digests.noteUploadChecksumRefused('BadDigest')
  if (!digests.isOpaque) return promised !== undefined || digests.etag() === etag.toLowerCase() ? 'digest' : 'sent'
  const there = await etagAtTarget(stores, copy, written, partSize, run.newHasher, signal)
  if (there !== digests.etag()) throw corrupted(written.etag, digests.etag())
  return 'read-back'
}
