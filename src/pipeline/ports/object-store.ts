import type { Failure } from './failure.js'
import type { Extras } from './object-metadata.js'
import type {
  ByteRange,
  Cancellable,
  Checksum,
  Content,
  GetAnswer,
  ListPage,
  ListRequest,
  ObjectAttributes,
  ObjectHead,
  ObjectRef,
  VersionRef,
  Written,
} from './objects.js'
import type { FileCalls, MetadataCalls, MultipartUploads, ObjectVersions, ServerSideCopies } from './store-facets.js'

/** Known properties of a kind of store. */
export interface StoreTraits {
  /** A listing can start anywhere with one request, so a large listing is worth splitting into ranges. */
  readonly seeks: boolean
  /** An empty object named `x/` is an ordinary object. A file system instead has directories, which exist while they have content. */
  readonly holdsFolders: boolean
}

/** The time of a store's clock, ms since the epoch, accurate to `withinMs`. */
export interface StoreClock {
  /** Identifies the clock: two stores of one endpoint share it. */
  readonly of: string
  readonly nowMs: number
  readonly withinMs: number
}

/** Maximum number of keys in one DeleteObjects (Amazon S3 API reference). */
export const DELETES_AT_ONCE = 1_000

/** An object that was not deleted, and why. */
export interface NotDeleted {
  readonly key: string
  readonly failure: Failure
}

/**
 * The calls that the pipeline needs from an object store, and facets that only some stores have. Implemented in `src/io`; every
 * implementation passes the suite in `test/contract`.
 *
 * Contracts for all calls:
 * - a call is one request (or one request for each page): it never retries, the pipeline does;
 * - it fails only with a {@link StoreError}, also on abort;
 * - it has its own connect, first-byte and stall timeouts: it never hangs;
 * - `etag`s come without quotes.
 */
export interface ObjectStore {
  readonly traits: StoreTraits
  readonly multipart?: MultipartUploads | undefined
  readonly serverSideCopies?: ServerSideCopies | undefined
  readonly versions?: ObjectVersions | undefined
  readonly metadata?: MetadataCalls | undefined
  readonly files?: FileCalls | undefined

  /**
   * The store's clock, from its answers so far (HTTP `Date`); undefined before the first answer. Independent of changes to this machine's
   * clock.
   */
  clock(): StoreClock | undefined

  /**
   * One page of a listing, in the server's order, keys decoded. Idempotent: a failed page can be requested again. A page that is truncated,
   * malformed or claims more without a new token is a failure, so a listing is never silently short or endless.
   */
  listPage(request: ListRequest): Promise<ListPage>

  /**
   * Fails with `NoSuchKey` (permanent) if the object does not exist. With `partNumber`, `size` is the size of that part (S3 reports the
   * part size only this way).
   */
  head(request: VersionRef & Cancellable & { readonly partNumber?: number }): Promise<ObjectHead>

  /**
   * Opens an object for reading. With `ifMatch`, an object with another ETag fails with kind `changed`. With `range`, any other answer (a
   * 200, another Content-Range) fails before the first byte is returned. A body of at most `gather` bytes (default: none) is returned as a
   * whole. `size`: the listed size of the object, bytes; used if the server announces no length.
   */
  get(
    request: VersionRef &
      Cancellable & {
        readonly ifMatch?: string | undefined
        readonly range?: ByteRange
        readonly gather?: number
        readonly size?: number
      },
  ): Promise<GetAnswer>

  /**
   * Writes `size` bytes. If `body` fails or is not exactly `size` long, nothing is stored and the body's own error is thrown. With `md5`
   * (hex), bytes with another digest are refused with `BadDigest` (transient); the same with `checksum`, if the server accepts checksums: a
   * server that refuses them gets none from then on. A server may keep the beginning of a truncated body (VersityGW does, measured); only
   * `md5` prevents this. An answer without an ETag is a failure. `lastModified` (ms since the epoch; absent or 0: unknown) is set on files;
   * servers set their own times. Replaces an existing object; repeating it is safe.
   */
  put(
    request: ObjectRef &
      Cancellable & {
        readonly body: Content
        readonly size: number
        readonly attributes: ObjectAttributes
        readonly lastModified?: number | undefined
        readonly md5?: string | undefined
        readonly checksum?: Checksum | undefined
        readonly extras?: Extras | undefined
      },
  ): Promise<Written>

  /**
   * Deletes up to {@link DELETES_AT_ONCE} objects; a missing object counts as deleted. Returns the keys that could not be deleted; fails
   * only if the result is unknown for all keys. Repeating it is safe.
   */
  deleteObjects(
    request: Cancellable & { readonly bucket: string; readonly keys: readonly string[] },
  ): Promise<readonly NotDeleted[]>

  /** `missing` only if the server says so; a denied or unreachable bucket is a failure. */
  headBucket(request: Cancellable & { readonly bucket: string }): Promise<'exists' | 'missing'>

  /**
   * Succeeds if the bucket already exists and is ours; fails with `BucketAlreadyExists` (fatal) if it belongs to someone else. `locks`:
   * enables object lock.
   */
  createBucket(request: Cancellable & { readonly bucket: string; readonly locks?: boolean }): Promise<'created' | 'existed'>
}
