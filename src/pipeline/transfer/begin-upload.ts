import type { ExpectedMetadata } from '../metadata/expected-metadata.js'
import { likelyPartSize, PART_SIZE, PART_SIZE_ON_SERVER, partSizeFor, partsOf } from '../plan/part-size.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import { type Copy, sourceChanged, sourceOf } from '../ports/object-copy.js'
import type { Checksum } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import type { MultipartUploads, ServerSideCopies, UploadedPart, UploadRef } from '../ports/store-facets.js'
import { hidesMd5 } from '../run/etag-trust.js'
import { at, type Run } from '../run/run-context.js'
import { NONE_SUSPECTED, type SuspectedFeatures } from '../run/target-capabilities.js'
import { type Doubt, promisedMd5 } from './copy-proof.js'
import { splitExtras } from './deferred-extras.js'
import { PartDigests } from './part-digests.js'
import type { Listener, Route } from './route.js'
import { timeFor } from './single-put.js'

export interface InParts {
  readonly run: Run
  readonly pair: BucketPair
  readonly route: Route
  readonly listener: Listener
  readonly uploads: MultipartUploads
  readonly doubt: Doubt
  /** If present, the server copies the parts; absent: the bytes pass through this machine. */
  readonly copies?: ServerSideCopies
}

/** S3 stores this checksum of the whole object for every multipart upload (Amazon S3 user guide, "Checking object integrity"). */
const OF_ANY_PARTS = 'CRC64NVME'

/** A multipart upload accepts no other full-object checksum: one that the source has is lost. */
function inParts(expected: ExpectedMetadata | undefined): ExpectedMetadata | undefined {
  if (expected === undefined) return undefined
  const checksums = expected.checksums.filter(({ algorithm }) => algorithm === OF_ANY_PARTS)
  if (checksums.length > 0 || expected.checksums.length === 0) return { ...expected, checksums }
  return {
    ...expected,
    checksums,
    losses: [...expected.losses, { property: 'checksum', why: 'not kept of what is written in parts' }],
  }
}

/** An upload that was begun, and how its bytes get proven. */
export interface Begun {
  readonly upload: UploadRef
  readonly partSize: number
  /** The digests of the bytes as they are read; absent if the ETag will equal the source's, or no byte passes through this machine. */
  readonly digests: PartDigests | undefined
  /** The MD5 that the source promises, if its bytes are read in order. */
  readonly promised: string | undefined
  /** No byte passes through this machine. */
  readonly onServer: boolean
  /** The full-object checksum sent to the target. */
  readonly checksum: Checksum | undefined
  /** Parts that the target already has, by number. */
  readonly there: ReadonlyMap<number, UploadedPart>
  /** The metadata that the object should have. */
  readonly expected: ExpectedMetadata | undefined
  /** The part of it that the target refused. */
  readonly refused: SuspectedFeatures
}

/** Reads the attributes and the source's part size, then continues an upload of an earlier process or creates a new one. */
export async function beginUpload(copy: Copy, options: InParts, signal: AbortSignal): Promise<Begun> {
  const { run, pair, route, listener, uploads, copies, doubt } = options
  const { stores, metadataCopier } = route
  const { partSize } = run.plan
  const { entry } = copy.from
  const ref = { ...sourceOf(copy), signal }
  const lastModified = timeFor(stores, entry)
  const head = await onSide('source', stores.source.head(ref))
  if (head.size !== entry.size || (entry.etag !== '' && head.etag !== entry.etag))
    throw sourceChanged('not the object that was listed')
  const count = Number(/-(\d+)$/.exec(head.etag)?.[1] ?? 0)
  const told = count > 0 ? (await onSide('source', stores.source.head({ ...ref, partNumber: 1 }))).size : undefined
  const sourcePartSize = told === undefined ? undefined : likelyPartSize(entry.size, count, told)
  const kept64 = head.checksums.find(({ algorithm }) => algorithm === OF_ANY_PARTS)
  // If the target refused it before, either bytes were damaged or it cannot check it.
  const checksum = doubt.isDoubted ? undefined : metadataCopier.digests.announcedOfUpload(kept64)
  // CopyObject copies the tags; a multipart copy has only those given when it is created.
  const expected = inParts(await metadataCopier.source.expected(sourceOf(copy), head, signal))
  const kept = await keptUpload(uploads, copy, run, signal)
  const { encryption } = head.properties
  const promised = promisedMd5(route, copy, encryption)
  const proofWith = (size: number): Pick<Begun, 'digests' | 'promised' | 'onServer'> => {
    const onServer = copies !== undefined
    const hasEqualParts =
      size === sourcePartSize && !hidesMd5(encryption) && !doubt.isDoubted && !metadataCopier.digests.hasOpaqueParts
    const hashes = run.plan.proof && !onServer && !hasEqualParts
    const digests = hashes ? new PartDigests(run.newHasher, promised !== undefined) : undefined
    for (const part of kept?.there.values() ?? []) digests?.keep(part)
    return { digests, promised, onServer }
  }
  if (kept !== undefined) return { ...kept, ...proofWith(kept.partSize), checksum, expected, refused: NONE_SUSPECTED }
  const { attributes } = head
  const { uploadId, refused } = await metadataCopier.yielding(async (suspected) => {
    const { now: extras } = splitExtras(metadataCopier.granted(expected, suspected), false)
    const creating = uploads.createUpload({ ...copy.to, attributes, lastModified, extras, signal })
    return { ...(await metadataCopier.written(extras, suspected, creating)), refused: suspected }
  })
  const usual = partSize ?? (copies === undefined ? PART_SIZE : PART_SIZE_ON_SERVER)
  const chosen = partSizeFor(entry.size, usual, partSize === undefined ? sourcePartSize : undefined)
  const { key, size, etag } = entry
  const about = { pair, key, size, targetKey: copy.to.key, etag, partSize: chosen }
  listener.emit({ type: 'upload-started', ...at(run), ...about, uploadId })
  return {
    upload: { ...copy.to, uploadId },
    partSize: chosen,
    ...proofWith(chosen),
    checksum,
    there: new Map(),
    expected,
    refused,
  }
}

/**
 * Whether a part has to be read: the target lacks it, all bytes are needed in their order, or only reading it again shows its digest. A part
 * that the target has is not sent again.
 */
export function isPartToRead({ digests, there }: Begun, number: number): boolean {
  return !there.has(number) || (digests !== undefined && (digests.inOrder || !digests.knows(number)))
}

/**
 * Parts of the same object that an earlier process uploaded, if the target confirmed them and still has them. VersityGW keeps a part whose
 * sender died at its announced size (measured), so only confirmed parts are used.
 */
async function keptUpload(uploads: MultipartUploads, { from: { entry }, to }: Copy, { openUploads }: Run, signal: AbortSignal) {
  const { size, etag } = entry
  const found = [...openUploads].find(
    ({ started }) =>
      started.pair.target.bucket === to.bucket && started.targetKey === to.key && started.size === size && started.etag === etag,
  )
  if (found === undefined || etag === '') return undefined
  const { uploadId, partSize } = found.started
  const upload = { ...to, uploadId }
  const parts = await onSide('target', uploads.listParts({ ...upload, signal })).catch(unlessUnknown)
  openUploads.delete(found)
  if (parts === undefined) return undefined
  const wanted = new Map([...partsOf(size, partSize)].map(({ number, start, end }) => [number, end - start]))
  const sizes = new Map(parts.map((part) => [`${part.number} ${part.etag}`, part.size]))
  const whole = found.parts.filter((part) => sizes.get(`${part.number} ${part.etag}`) === wanted.get(part.number))
  return { upload, partSize, there: new Map(whole.map((part) => [part.number, part])) }
}

/** The upload no longer exists, or the server doesn't list parts: either way it cannot be continued. */
function unlessUnknown(error: unknown): undefined {
  if (error instanceof StoreError && error.failure.kind === 'permanent') return undefined
  throw error
}
