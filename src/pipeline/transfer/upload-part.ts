import type { Part } from '../plan/part-size.js'
import { discard } from '../ports/body.js'
import { type Copy, pinned, sourceOf } from '../ports/object-copy.js'
import type { Content } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import type { MultipartUploads, ServerSideCopies, UploadedPart, UploadRef } from '../ports/store-facets.js'
import { etagRead, etagsOf } from '../proof/multipart-etag.js'
import type { Run } from '../run/run-context.js'
import type { Begun } from './begin-upload.js'
import { asDigestRequired } from './hashed-reading.js'
import type { Route } from './route.js'

/** Uploads a part; if the target has it already, only reads it for the digests. */
export async function streamPart(
  { newHasher }: Run,
  { stores: { source }, metadataCopier }: Route,
  uploads: MultipartUploads,
  copy: Copy,
  { upload, digests, there }: Begun,
  { number, start, end }: Part,
  signal: AbortSignal,
): Promise<UploadedPart> {
  const range = { start, end }
  const asked = { ...sourceOf(copy), range, signal, ...pinned(copy.from.entry) }
  const kept = there.get(number)
  // A bucket with object lock takes no part without a digest: then a part is read twice.
  const isNeeded = metadataCopier.digests.areRequired && kept === undefined
  const md5 = isNeeded ? await onSide('source', etagRead(source.get(asked), undefined, newHasher)) : undefined
  const answer = await onSide('source', source.get(asked))
  try {
    const { body, length: size } = answer
    const send = async (content: Content): Promise<UploadedPart> => {
      if (kept === undefined)
        return onSide('target', uploads.uploadPart({ ...upload, number, start, body: content, size, md5, signal }))
      await etagsOf(content, [], newHasher)
      return kept
    }
    return await (digests === undefined ? send(body) : digests.uploaded(number, body, send))
  } catch (error) {
    throw asDigestRequired(error, metadataCopier.digests)
  } finally {
    discard(answer.body)
  }
}

/** Copies a part on the server. */
export async function copyPart(
  copies: ServerSideCopies,
  copy: Copy,
  upload: UploadRef,
  { number, start, end }: Part,
  signal: AbortSignal,
): Promise<UploadedPart> {
  const from = sourceOf(copy)
  const asked = { ...upload, number, from, range: { start, end }, ...pinned(copy.from.entry), signal }
  return onSide('target', copies.copyPart(asked))
}
