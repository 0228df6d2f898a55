import { catchError, filter, finalize, from, map, mergeMap, type Observable, tap, throwError, toArray } from 'rxjs'
import { attempt, FIXED_BY_REPEATING } from '../flow/attempt.js'
import type { Semaphore } from '../flow/semaphore.js'
import type { ExpectedMetadata } from '../metadata/expected-metadata.js'
import {
  likelyPartSize,
  type Part,
  PART_SIZE,
  PART_SIZE_ON_SERVER,
  partsAtOnce,
  partSizeFor,
  partsOf,
} from '../plan/part-size.js'
import { discard } from '../ports/body.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import { type Copy, pinned, sourceChanged, sourceOf } from '../ports/object-copy.js'
import type { Checksum, Content, Written } from '../ports/objects.js'
import type { MultipartUploads, ServerSideCopies, UploadedPart, UploadRef } from '../ports/store-facets.js'
import { onSide } from '../ports/on-side.js'
import type { CopyProof } from '../events/reasons.js'
import { isMd5, partsIn } from '../proof/compare-etags.js'
import { etagOf, etagsOf } from '../proof/multipart-etag.js'
import { hidesMd5, learnEncryption } from '../run/etag-trust.js'
import { at, type Run } from '../run/run-context.js'
import { NONE_SUSPECTED, type SuspectedFeatures } from '../run/target-capabilities.js'
import type { Listener, Route } from './route.js'
import { corrupted, type Doubt, hasChecksum, hasSourceEtag, type Transferred } from './copy-proof.js'
import { asDigestRequired, Misfit, unlessMoved } from './hashed-reading.js'
import { etagOfParts, PartDigests } from './part-digests.js'
import { lockable, timeFor } from './single-put.js'

/** Timeout for aborting an upload, ms. */
const ABORT_TIMEOUT = 30_000

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

/**
 * Copies an object in parts: ranged GETs, all pinned to one ETag, each streamed into an UploadPart; or parts that the server copies. Every
 * request is retried separately. An upload of an earlier process is continued. If the copy fails, the upload is aborted. If the run ends
 * first, the upload remains for a resume if there is a journal. Errors are final, except for kind `changed`, which a copy from the start
 * may fix.
 */
export function copyMultipart(copy: Copy, options: InParts): Observable<Transferred> {
  const { run, pair, route, listener, uploads, copies, doubt } = options
  const { metadataCopier } = route
  const { policy, inBackground, streams, scheduler } = run
  const { size } = copy.from.entry
  const request = <T>(call: (signal: AbortSignal, n: number) => Promise<T>, permits: readonly Semaphore[] = []): Observable<T> =>
    attempt(policy, { call, onRetry: listener.onRetry, permits, retryable: FIXED_BY_REPEATING }).pipe(catchError(giveUp))
  const onePart = (begun: Begun, part: Part, signal: AbortSignal): Promise<UploadedPart> =>
    copies === undefined
      ? streamPart(run, route, uploads, copy, begun, part, signal)
      : copyPart(copies, copy, begun.upload, part, signal)

  return request((signal) => begin(copy, options, signal)).pipe(
    mergeMap((begun) => {
      const { upload, partSize, digests, promised, checksum, there, expected, refused } = begun
      let ended = false
      const abort = (): void => {
        const deadline = new AbortController()
        const timer = scheduler.schedule(() => deadline.abort(), ABORT_TIMEOUT)
        const aborted = uploads.abortUpload({ ...upload, signal: deadline.signal }).catch(leaveOrphan)
        inBackground(aborted.finally(() => timer.unsubscribe()))
      }
      const told = (part: UploadedPart) => {
        if (!there.has(part.number))
          listener.emit({
            type: 'part-uploaded',
            ...at(run),
            pair,
            uploadId: upload.uploadId,
            number: part.number,
            etag: part.etag,
          })
      }
      // The MD5 of the whole object needs all its bytes in their order.
      const inOrder = digests?.inOrder === true
      return from(partsOf(size, partSize)).pipe(
        filter(({ number }) => inOrder || !there.has(number)),
        mergeMap(
          (part) => request((signal) => onePart(begun, part, signal), copies === undefined ? [streams] : []).pipe(tap(told)),
          inOrder ? 1 : partsAtOnce(size),
        ),
        toArray(),
        map((uploaded) => [...(inOrder ? [] : there.values()), ...uploaded].sort((a, b) => a.number - b.number)),
        mergeMap((uploaded) =>
          request(async (signal, n) => {
            const own = digests?.wholeMd5()
            if (promised !== undefined && own !== undefined && own !== promised.toLowerCase())
              throw await unlessMoved(run, route, copy, new Misfit(own), signal)
            return complete(run, route, uploads, copy, { ...upload, parts: uploaded, checksum }, begun, doubt, n, signal)
          }),
        ),
        tap(() => {
          ended = true
          listener.emit({ type: 'upload-ended', ...at(run), pair, uploadId: upload.uploadId })
        }),
        mergeMap((written) =>
          request(async (signal) => {
            const proof = await proveParts(run, route, copy, begun, written, doubt, signal)
            const { later } = lockable(metadataCopier.granted(expected), false)
            if (later !== undefined) await metadataCopier.lock(later, copy.to, written, signal)
            await metadataCopier.judge(expected, copy.from.entry.key, copy.to, written, refused, listener.emit, signal)
            return { ...written, proof }
          }),
        ),
        tap({
          error: () => {
            if (!ended) abort()
            ended = true
          },
        }),
        finalize(() => {
          if (!ended && run.journal === undefined) abort()
        }),
      )
    }),
  )
}

/**
 * After a request's own retries, its failure does not justify copying a huge object again. An upload that the target no longer knows does:
 * it can only be started again.
 */
function giveUp(error: unknown): Observable<never> {
  if (error instanceof StoreError && error.failure.reason === 'no-such-upload')
    return throwError(() => new StoreError({ ...error.failure, kind: 'changed' }, { cause: error }))
  const spent = error instanceof StoreError && FIXED_BY_REPEATING.has(error.failure.kind)
  return throwError(() => (spent ? new StoreError({ ...error.failure, kind: 'permanent' }, { cause: error }) : error))
}

/** The run has ended or the attempt has failed: an upload that can't be aborted is left to the bucket's lifecycle rules. */
const leaveOrphan = (): void => undefined

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

interface Begun {
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
async function begin(copy: Copy, options: InParts, signal: AbortSignal): Promise<Begun> {
  const { run, pair, route, listener, uploads, copies, doubt } = options
  const { stores, trust, metadataCopier } = route
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
  const expected = inParts(await metadataCopier.expected(sourceOf(copy), head, signal))
  const kept = await keptUpload(uploads, copy, run, signal)
  const isHidden = learnEncryption(trust, head.properties.encryption)
  const isMd5Promised = trust.facts.etags !== 'none' && isMd5(entry.etag) && !isHidden
  const proofWith = (size: number): Pick<Begun, 'digests' | 'promised' | 'onServer'> => {
    const onServer = copies !== undefined
    const hasEqualParts = size === sourcePartSize && !isHidden && !doubt.isDoubted && !metadataCopier.digests.hasOpaqueParts
    const hashes = run.plan.proof && !onServer && !hasEqualParts
    const digests = hashes ? new PartDigests(run.newHasher, isMd5Promised) : undefined
    return { digests, promised: isMd5Promised ? entry.etag : undefined, onServer }
  }
  if (kept !== undefined) return { ...kept, ...proofWith(kept.partSize), checksum, expected, refused: NONE_SUSPECTED }
  const { attributes } = head
  const { uploadId, refused } = await metadataCopier.yielding(async (suspected) => {
    const { now: extras } = lockable(metadataCopier.granted(expected, suspected), false)
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

/** Uploads a part, or with digests in order, only reads it if the target has it already. */
async function streamPart(
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
  const md5 = isNeeded
    ? await onSide(
        'source',
        source.get(asked).then(({ body }) => etagOf(body, undefined, newHasher)),
      )
    : undefined
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

/**
 * What proves the bytes of a completed upload: the ETag, if it is that of the source's parts; the checksum of the whole object, if the target
 * checked it; otherwise the digests of the parts, or the target read again if it tells none.
 * @throws {StoreError} `Corrupted` (kind `changed`)
 */
async function proveParts(
  run: Run,
  { stores, metadataCopier }: Route,
  copy: Copy,
  { digests, promised, checksum, partSize, onServer }: Begun,
  written: Written,
  doubt: Doubt,
  signal: AbortSignal,
): Promise<CopyProof> {
  if (hasSourceEtag(copy, written)) return 'etag'
  if (onServer) return 'server'
  if (!run.plan.proof) return 'none'
  if (checksum !== undefined && hasChecksum(written, checksum)) return 'checksum'
  const { etag } = copy.from.entry
  if (digests === undefined) {
    // The parts were not hashed, since the ETag had to be the source's.
    if (partsIn(written.etag) === 0 || hidesMd5(written.encryption)) metadataCopier.digests.noteOpaqueParts()
    doubt.isDoubted = true
    throw corrupted(written.etag, etag)
  }
  // A second reading found the same bytes, so the checksum that the target refused was correct.
  if (doubt.refusedParts === digests.etag()) metadataCopier.digests.noteUploadChecksumRefused('BadDigest')
  if (!digests.isOpaque) return promised !== undefined || digests.etag() === etag.toLowerCase() ? 'digest' : 'sent'
  const asked = stores.target.get({ ...copy.to, versionId: written.versionId, size: copy.from.entry.size, signal })
  const there = await onSide(
    'target',
    asked.then(({ body }) => etagOf(body, partSize, run.newHasher)),
  )
  if (there !== digests.etag()) throw corrupted(written.etag, digests.etag())
  return 'read-back'
}

async function copyPart(
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

interface Uploaded extends UploadRef {
  readonly parts: readonly UploadedPart[]
  readonly checksum: Checksum | undefined
}

/**
 * Completes the upload. If the first response was lost, the second call fails with `NoSuchUpload`. A HEAD request then shows whether the
 * first call succeeded: the object there has the ETag of these parts. An older object may have the same size.
 */
async function complete(
  { newHasher }: Run,
  { stores, metadataCopier }: Route,
  uploads: MultipartUploads,
  copy: Copy,
  upload: Uploaded,
  { digests, promised }: Begun,
  doubt: Doubt,
  attempt: number,
  signal: AbortSignal,
): Promise<Written> {
  try {
    return await onSide('target', uploads.completeUpload({ ...upload, signal }))
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    if (error.failure.reason === 'corrupt' && upload.checksum !== undefined) {
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
    const expected = etagOfParts(upload.parts, newHasher)
    if (expected !== undefined && head.size === copy.from.entry.size && head.etag.toLowerCase() === expected)
      return { etag: head.etag }
    throw error
  }
}
