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

/** What is known of a place beforehand. */
export interface StoreTraits {
  /** A listing may begin anywhere for the price of one request: a large one is worth being listed in several ranges. */
  readonly seeks: boolean
  /** An empty object named `x/` is a thing of its own; a file system has directories instead, which come and go with what is in them. */
  readonly holdsFolders: boolean
}

/** What time it is at a store, ms since the epoch, true to within `withinMs`. */
export interface StoreClock {
  /** Whose clock it is: two stores of one endpoint have one. */
  readonly of: string
  readonly nowMs: number
  readonly withinMs: number
}

/** As many keys as one DeleteObjects takes (Amazon S3 API reference). */
export const DELETES_AT_ONCE = 1_000

/** An object that is still there, and why. */
export interface NotDeleted {
  readonly key: string
  readonly failure: Failure
}

/**
 * What the pipeline needs of a place that holds objects, and facets that not every place has. Implemented in `src/io`; every implementation
 * passes the suite in `test/contract`.
 *
 * Contracts that hold for all calls:
 * - a call is one request (or one request a page): it never retries, the pipeline does;
 * - it fails with a {@link StoreError} and nothing else, also on abort;
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

  /** As its answers told so far (HTTP `Date`); undefined before the first. Runs on whatever happens to this machine's clock. */
  clock(): StoreClock | undefined

  /**
   * One page of a listing, in the server's order, keys decoded. Idempotent: a page that failed can be asked for again. A page that is cut
   * short, malformed or claims more without a new token is a failure: never a short listing, never an endless one.
   */
  listPage(request: ListRequest): Promise<ListPage>

  /** `NoSuchKey` (permanent) when there is none. `partNumber` asks for that part: `size` is then the part's size (S3 tells the part size no other way). */
  head(request: VersionRef & Cancellable & { readonly partNumber?: number }): Promise<ObjectHead>

  /**
   * Opens an object for reading. With `ifMatch`, an object of another ETag fails with kind `changed`. With `range`, anything but
   * exactly that range (a 200, another Content-Range) fails before a byte is handed out. A body of at most `gather` bytes (none by default)
   * comes whole.
   */
  get(
    request: VersionRef &
      Cancellable & { readonly ifMatch?: string | undefined; readonly range?: ByteRange; readonly gather?: number },
  ): Promise<GetAnswer>

  /**
   * Writes `size` bytes. When `body` fails or is not exactly `size` long, nothing is stored and the body's own error comes out. With `md5`
   * (hex), bytes of another digest are refused with `BadDigest` (transient); with `checksum` too, where the server takes checksums: one that
   * refuses them gets none from then on. A server may keep the beginning of a body that was cut (VersityGW does, measured), and only `md5`
   * keeps it from that. An answer without an ETag is a failure. `lastModified` (ms since the epoch; absent or 0: not known)
   * is given to a file; servers have times of their own. Replaces what was there; repeating it is safe.
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
   * Deletes up to {@link DELETES_AT_ONCE} objects; one that is not there counts as deleted. Answers what could not be deleted, key by key;
   * it fails only where nothing is known of any. Repeating it is safe.
   */
  deleteObjects(
    request: Cancellable & { readonly bucket: string; readonly keys: readonly string[] },
  ): Promise<readonly NotDeleted[]>

  /** `missing` only when the server says so; a denied or unreachable bucket is a failure. */
  headBucket(request: Cancellable & { readonly bucket: string }): Promise<'exists' | 'missing'>

  /** Fine when it is there already and ours; `BucketAlreadyExists` (fatal) when it is someone else's. `locks`: for objects that are to be locked. */
  createBucket(request: Cancellable & { readonly bucket: string; readonly locks?: boolean }): Promise<'created' | 'existed'>
}
