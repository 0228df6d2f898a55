import { catchError, finalize, from, map, mergeMap, type Observable, tap, throwError, toArray } from 'rxjs'
import { abortable } from './abortable.js'
import { discard } from './content.js'
import { StoreError } from './errors.js'
import { likelyPartSize, type Part, PART_SIZE, PART_SIZE_ON_SERVER, partsAtOnce, partsOf, partSizeFor } from './parts.js'
import type { Permits } from './permits.js'
import type { Checksum, UploadedPart, UploadRef } from './ports.js'
import { CURED_BY_REPEATING, type Report, type Retrying, retrying } from './retry.js'
import { sided } from './sided.js'
import { changed, checkEtag, type Copied, type Copy, type EtagTrust, pinned, type Stores } from './transfer.js'

/** How long aborting an upload may take, ms. */
const ABORT_TIMEOUT = 30_000

/** Takes work that must go on after its owner is gone, e.g. aborting an upload after Ctrl+C; whoever ends the process waits for it, with a deadline. */
export type GoOn = (work: Promise<void>) => void

/** Whether the bytes pass here, or the server moves them itself. */
export type PartsBy = 'stream' | 'server'

export interface InParts {
  readonly how: Retrying
  readonly goOn: GoOn
  readonly report: Report
  readonly by: PartsBy
  /** Bounds how many bodies are on their way. */
  readonly streams: Permits
  /** What a person asked for, bytes; else the source's own, or the usual. */
  readonly partSize: number | undefined
}

/**
 * Copies an object in parts: ranged GETs, all pinned to one ETag, each streamed into an UploadPart; or parts that the server copies. Every request is retried by itself.
 * Whenever it ends before the upload is complete, by unsubscribing too, the upload is aborted. An error is final, but for kind `changed`,
 * which a copy from the start may cure.
 */
export function copyInParts(stores: Stores, copy: Copy, trust: EtagTrust, options: InParts): Observable<Copied> {
  const { how, goOn, report, by, streams } = options
  const { size } = copy.from.entry
  const patiently = <T>(call: (signal: AbortSignal, attempt: number) => Promise<T>, held = false): Observable<T> =>
    retrying(
      (attempt) => holding(held, how.pace.paced(abortable((signal) => call(signal, attempt)))),
      how,
      report,
      CURED_BY_REPEATING,
    ).pipe(
      tap(() => how.pace.answered('accepted')),
      catchError(giveUp),
    )

  const holding = <T>(held: boolean, work: Observable<T>): Observable<T> => (held ? streams.hold(work) : work)
  const onePart = by === 'stream' ? streamPart : copyPart

  return patiently((signal) => begin(stores, copy, options, signal)).pipe(
    mergeMap(({ upload, partSize, sourcePartSize, checksum }) => {
      let completed = false
      const abort = () => stores.target.abortUpload({ ...upload, signal: AbortSignal.timeout(ABORT_TIMEOUT) })
      return from(partsOf(size, partSize)).pipe(
        mergeMap(
          (part) => patiently((signal) => onePart(stores, copy, upload, part, signal), by === 'stream'),
          partsAtOnce(size),
        ),
        toArray(),
        map((uploaded) => uploaded.sort((a, b) => a.number - b.number)),
        mergeMap((uploaded) =>
          patiently((signal, attempt) => complete(stores, copy, { ...upload, parts: uploaded, checksum }, attempt, signal)),
        ),
        tap(() => (completed = true)),
        mergeMap((etag) =>
          patiently(async (signal) => {
            if (partSize === sourcePartSize) await checkEtag(stores, copy, etag, trust, signal)
            return { size, etag }
          }),
        ),
        finalize(() => {
          if (!completed) goOn(abort().catch(leaveOrphan))
        }),
      )
    }),
  )
}

/** After its own retries, a request's failure is not worth copying a huge object anew. */
function giveUp(error: unknown): Observable<never> {
  const spent = error instanceof StoreError && CURED_BY_REPEATING.has(error.failure.kind)
  return throwError(() => (spent ? new StoreError({ ...error.failure, kind: 'permanent' }, { cause: error }) : error))
}

/** The run has ended or the attempt has failed already: an upload that can't be aborted is left to the bucket's lifecycle rules. */
const leaveOrphan = (): void => undefined

/** Of what was uploaded in parts, S3 keeps this checksum of the whole without having been asked to (Amazon S3 user guide, "Checking object integrity"). */
const OF_ANY_PARTS = 'CRC64NVME'

interface Begun {
  readonly upload: UploadRef
  readonly partSize: number
  readonly sourcePartSize: number | undefined
  /** What the target is told of the whole object. */
  readonly checksum: Checksum | undefined
}

/** Reads the attributes and the source's part size, and opens the upload. */
async function begin(stores: Stores, copy: Copy, { by, partSize }: InParts, signal: AbortSignal): Promise<Begun> {
  const { bucket, entry } = copy.from
  const ref = { bucket, key: entry.key, signal }
  const head = await sided('source', stores.source.head(ref))
  if (head.size !== entry.size || (entry.etag !== '' && head.etag !== entry.etag)) throw changed('not the object that was listed')
  const count = Number(/-(\d+)$/.exec(head.etag)?.[1] ?? 0)
  const told = count > 0 ? (await sided('source', stores.source.head({ ...ref, partNumber: 1 }))).size : undefined
  const sourcePartSize = told === undefined ? undefined : likelyPartSize(entry.size, count, told)
  const { attributes } = head
  // CopyObject carries the tags; what is copied in parts has only what it is begun with.
  const tags = by === 'server' && head.tagCount > 0 ? { tags: await sided('source', stores.source.tags(ref)) } : {}
  const { uploadId } = await sided('target', stores.target.createUpload({ ...copy.to, attributes, ...tags, signal }))
  const usual = partSize ?? (by === 'server' ? PART_SIZE_ON_SERVER : PART_SIZE)
  const chosen = partSizeFor(entry.size, usual, partSize === undefined ? sourcePartSize : undefined)
  const checksum = head.checksums.find(({ algorithm }) => algorithm === OF_ANY_PARTS)
  return { upload: { ...copy.to, uploadId }, partSize: chosen, sourcePartSize, checksum }
}

async function streamPart(
  stores: Stores,
  copy: Copy,
  upload: UploadRef,
  { number, start, end }: Part,
  signal: AbortSignal,
): Promise<UploadedPart> {
  const { bucket, entry } = copy.from
  const range = { start, end }
  const answer = await sided('source', stores.source.get({ bucket, key: entry.key, range, signal, ...pinned(entry) }))
  try {
    const { body, length: size } = answer
    return await sided('target', stores.target.uploadPart({ ...upload, number, start, body, size, signal }))
  } finally {
    discard(answer.body)
  }
}

async function copyPart(
  stores: Stores,
  copy: Copy,
  upload: UploadRef,
  { number, start, end }: Part,
  signal: AbortSignal,
): Promise<UploadedPart> {
  const { bucket, entry } = copy.from
  const from = { bucket, key: entry.key }
  return sided('target', stores.target.copyPart({ ...upload, number, from, range: { start, end }, ...pinned(entry), signal }))
}

interface Uploaded extends UploadRef {
  readonly parts: readonly UploadedPart[]
  readonly checksum: Checksum | undefined
}

/**
 * Completes the upload; its ETag. After a lost answer the second call says `NoSuchUpload`: a HEAD then tells whether the first had worked
 * (design.md, decision 10).
 */
async function complete(stores: Stores, copy: Copy, upload: Uploaded, attempt: number, signal: AbortSignal): Promise<string> {
  try {
    return (await sided('target', stores.target.completeUpload({ ...upload, signal }))).etag
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    // Some part was damaged on its way: only a copy from the start helps.
    if (error.failure.code === 'BadDigest') throw new StoreError({ ...error.failure, kind: 'changed' }, { cause: error })
    if (error.failure.code !== 'NoSuchUpload' || attempt === 1) throw error
    const head = await sided('target', stores.target.head({ ...copy.to, signal }))
    if (head.size === copy.from.entry.size && head.etag.endsWith(`-${upload.parts.length}`)) return head.etag
    throw error
  }
}
