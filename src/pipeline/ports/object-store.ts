import type { Failure } from './failure.js'
import type { Acl, Encryption, Extras, Properties, Retention, Tags } from './object-metadata.js'

/** One object as a listing tells it. A plain record: hot, so the optional fields are those of few objects. */
export interface ObjectEntry {
  readonly key: string
  /** bytes */
  readonly size: number
  /** Without its quotes; empty when the server tells none. */
  readonly etag: string
  /** ms since the epoch; 0 when the server tells none. */
  readonly lastModified: number
  /** Other than STANDARD. */
  readonly storageClass?: string
  /** It lies in an archive, from which it must be restored before it can be read. */
  readonly archived?: true
  /** A file whose time was set, as a download does: a file that was written shows the time of its last change. */
  readonly timeGiven?: true
}

/** What time it is at a store, ms since the epoch, true to within `withinMs`. */
export interface StoreClock {
  /** Whose clock it is: two stores of one endpoint have one. */
  readonly of: string
  readonly nowMs: number
  readonly withinMs: number
}

/**
 * Something that a listing comes upon and that is no object: what it can't read, which counts as a failure, or what it skips, which is
 * worth a word. A key that ends with `/` means everything below it, which is unknown.
 */
export type Unlisted =
  | { readonly key: string; readonly failure: Failure }
  | { readonly key: string; readonly notice: { readonly code: string; readonly message: string } }

/** What a listing answers in one request. */
export interface ListPage {
  readonly entries: readonly ObjectEntry[]
  /** In the order of their keys, between those of the entries; all that come before the next page's. */
  readonly unlisted?: readonly Unlisted[]
  /** Hand it back to get the page after this one; absent on the last page. */
  readonly next?: string
}

/** A version of an object, or the marker that stands for its being deleted. */
export interface VersionEntry extends ObjectEntry {
  /** `null`: written while its bucket kept no versions. */
  readonly versionId: string
  /** It has no bytes: `size` is 0 and `etag` empty. */
  readonly isMarker: boolean
  /** What is read where no version is named. */
  readonly isLatest: boolean
}

/** What a listing of versions answers in one request. */
export interface VersionPage {
  readonly entries: readonly VersionEntry[]
  readonly next?: string
}

/** What is stored with the bytes. Header values as the person wrote them (Unicode strings), absent when the object has none. */
export interface ObjectAttributes {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  /** The header as it was sent, not a parsed date: an unparsable one is copied as well. */
  readonly expires?: string
  /** User metadata, names in lower case without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Bytes in flight. A Node `Readable` is one. Whoever holds it must read it to its end or destroy it: an abandoned body holds a socket. */
export interface Body extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown
}

/** Bytes: all of them, or a stream. */
export type Content = Uint8Array | Body

/** A checksum over a whole object, base64. */
export interface Checksum {
  readonly algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'
  readonly value: string
}

export interface ObjectRef {
  readonly bucket: string
  readonly key: string
}

/** An object, or an older version of it. */
export interface VersionRef extends ObjectRef {
  readonly versionId?: string | undefined
}

/** What a server says of what it has written. */
export interface Written {
  readonly etag: string
  /** Where the bucket keeps versions. */
  readonly versionId?: string
  readonly encryption?: Encryption
}

export interface ObjectHead {
  readonly size: number
  readonly etag: string
  readonly lastModified: number
  /** As in {@link ObjectEntry}. */
  readonly timeGiven?: true
  readonly attributes: ObjectAttributes
  readonly properties: Properties
  /** As the server keeps them; composite ones, which depend on part sizes, are left out. */
  readonly checksums: readonly Checksum[]
  /** There is a checksum that was left out. */
  readonly isComposite?: true
  /** How many tags it has, as far as the server returns it; the tags need a request of their own. */
  readonly tagCount: number
}

export interface GetAnswer extends ObjectHead {
  /** Exactly the bytes asked for: the store fails the call, or the iteration, with `TruncatedBody` when the server sends fewer or more. */
  readonly body: Content
  /** bytes that `body` will yield */
  readonly length: number
}

/** Half-open byte range `[start, end)`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface UploadRef extends ObjectRef {
  readonly uploadId: string
}

export interface UploadedPart {
  /** from 1 */
  readonly number: number
  readonly etag: string
}

/** As many keys as one DeleteObjects takes (Amazon S3 API reference). */
export const DELETES_AT_ONCE = 1_000

/** An object that is still there, and why. */
export interface NotDeleted {
  readonly key: string
  readonly failure: Failure
}

/** What is known of a place beforehand. */
export interface StoreTraits {
  /** A listing may begin anywhere for the price of one request: a large one is worth being listed in several ranges. */
  readonly seeks: boolean
  /** An empty object named `x/` is a thing of its own; a file system has directories instead, which come and go with what is in them. */
  readonly holdsFolders: boolean
  /** It stores metadata of objects; nothing of it is computed on request. */
  readonly holdsProperties: boolean
}

/** Where on the same endpoint bytes come from. */
export interface OnServer {
  readonly from: VersionRef
  readonly ifMatch?: string | undefined
}

/** What a bucket does with all of its objects, beside keeping their versions. */
export interface BucketRules {
  readonly locks: boolean
  /** It serves a website, so that objects may lead elsewhere. */
  readonly website: boolean
  /** Its default encryption. */
  readonly encryption?: Encryption
}

/** Everything that waits takes a signal. Aborting it makes the call reject soon with a {@link StoreError} of code `Aborted` and frees its socket. */
export interface Cancellable {
  readonly signal: AbortSignal
}

export interface ListRequest extends Cancellable {
  readonly bucket: string
  /** Only keys that begin with this; empty for all. */
  readonly prefix: string
  /** Only keys after this one in the server's order (StartAfter); absent for all. Means nothing beside `token`. */
  readonly after?: string
  /** Where to go on: `next` of the page before, from the same bucket and prefix. */
  readonly token?: string
  /** Whether all below a key that ends with `/` may be left out: a directory is not even read then. Others list it all the same. */
  readonly skips?: (directory: string) => boolean
  /** At most this many keys: for questions about one key. */
  readonly limit?: number
}

/**
 * What the pipeline needs of a place that holds objects. Implemented in `src/io`; every implementation passes the suite in `test/contract`.
 *
 * Contracts that hold for all calls:
 * - a call is one request (or one request a page): it never retries, the pipeline does;
 * - it fails with a {@link StoreError} and nothing else, also on abort;
 * - it has its own connect, first-byte and stall timeouts: it never hangs;
 * - `etag`s come without quotes.
 */
export interface ObjectStore {
  readonly traits: StoreTraits

  /** As its answers told so far (HTTP `Date`); undefined before the first. Runs on whatever happens to this machine's clock. */
  clock(): StoreClock | undefined

  /**
   * One page of a listing, in the server's order, keys decoded. Idempotent: a page that failed can be asked for again. A page that is cut
   * short, malformed or claims more without a new token is a failure: never a short listing, never an endless one.
   */
  listPage(request: ListRequest): Promise<ListPage>

  /**
   * As `listPage`, of all versions and delete markers: in the server's order of keys, the versions of a key from the newest to the oldest.
   * `after` is a key: none of its versions. `NotImplemented` where no versions are kept at all.
   */
  listVersions(request: ListRequest): Promise<VersionPage>

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
   * Copies `from`, of up to 5 GB, on the server: no byte passes here. Attributes are copied unless `attributes` is given, and tags unless
   * `extras` has others; all else is as `extras` says (S3 API reference, CopyObject). With `ifMatch`, a source of another ETag fails with kind `changed`.
   */
  copy(
    request: ObjectRef &
      Cancellable &
      OnServer & { readonly attributes?: ObjectAttributes | undefined; readonly extras?: Extras | undefined },
  ): Promise<Written>

  /** An object's tags; none is an empty record. */
  tags(request: VersionRef & Cancellable): Promise<Tags>
  /** Who may do what with an object; in a short word where S3 has one for it. */
  acl(request: VersionRef & Cancellable): Promise<Acl>
  /** Locks an object that is there. Repeating it is safe. */
  lock(request: VersionRef & Cancellable & { readonly retention?: Retention; readonly legalHold?: true }): Promise<void>

  /** `lastModified` as with `put`. */
  createUpload(
    request: ObjectRef &
      Cancellable & {
        readonly attributes: ObjectAttributes
        readonly lastModified?: number | undefined
        readonly extras?: Extras | undefined
      },
  ): Promise<{ readonly uploadId: string }>
  /** As `put`, for one part; repeating it replaces the part. */
  uploadPart(
    request: UploadRef &
      Cancellable & {
        readonly number: number
        /** Where in the object it begins, bytes. */
        readonly start: number
        readonly body: Content
        readonly size: number
      },
  ): Promise<UploadedPart>
  /** As `copy`, for one part. */
  copyPart(
    request: UploadRef & Cancellable & OnServer & { readonly number: number; readonly range: ByteRange },
  ): Promise<UploadedPart>
  /**
   * Parts in ascending order. With `checksum`, over the whole object, parts with another one are refused with `BadDigest`, where the
   * server takes checksums. Not idempotent: after a lost answer a second call says `NoSuchUpload`.
   */
  completeUpload(
    request: UploadRef & Cancellable & { readonly parts: readonly UploadedPart[]; readonly checksum?: Checksum | undefined },
  ): Promise<Written>
  /** The parts that were uploaded, in order of their numbers; `NoSuchUpload` (permanent) when it is gone. */
  listParts(request: UploadRef & Cancellable): Promise<readonly (UploadedPart & { readonly size: number })[]>
  /** Succeeds also when the upload is gone. */
  abortUpload(request: UploadRef & Cancellable): Promise<void>

  /**
   * Deletes up to {@link DELETES_AT_ONCE} objects; one that is not there counts as deleted. Answers what could not be deleted, key by key;
   * it fails only where nothing is known of any. Repeating it is safe.
   */
  deleteObjects(
    request: Cancellable & { readonly bucket: string; readonly keys: readonly string[] },
  ): Promise<readonly NotDeleted[]>

  /** Deletes an object of a bucket that keeps versions: a marker is its newest version from then on. Repeating it makes another one. */
  putMarker(request: ObjectRef & Cancellable): Promise<{ readonly versionId?: string }>

  /**
   * Whether an object is still the one of that ETag. For stores whose objects change under the hands of whoever reads them, with no request
   * that could be pinned: what was copied is looked at again. Absent where a GET hands out one state of an object and tells which.
   */
  readonly isStill?: (request: ObjectRef & Cancellable & { readonly etag: string }) => Promise<boolean>

  /**
   * Whether there is something under that name, or above it, that listings skip (a symbolic link that is not followed): then
   * nobody may say that it does not exist. Absent where listings show everything.
   */
  readonly hides?: (request: ObjectRef & Cancellable) => Promise<boolean>

  /**
   * Gives a file of ETag `ifMatch` the time of the object that it was found equal to, ms: the next run needs no second look. Absent where
   * objects have the time at which they were written.
   */
  readonly setTime?: (
    request: ObjectRef & Cancellable & { readonly lastModified: number; readonly ifMatch: string },
  ) => Promise<void>

  /**
   * Prefixes below which listings came by backups of earlier runs that noted them in another directory: one within that which was listed, or
   * one that it is in; `''` where all of it is backups. Those of a key are known before the key is. Absent where a bucket has
   * one place for its notes.
   */
  readonly backupsWithin?: (bucket: string) => ReadonlySet<string>

  /** `missing` only when the server says so; a denied or unreachable bucket is a failure. */
  headBucket(request: Cancellable & { readonly bucket: string }): Promise<'exists' | 'missing'>
  /** Fine when it is there already and ours; `BucketAlreadyExists` (fatal) when it is someone else's. `locks`: for objects that are to be locked. */
  createBucket(request: Cancellable & { readonly bucket: string; readonly locks?: boolean }): Promise<'created' | 'existed'>
  /** Whether older versions of objects are kept; `suspended`: those there are, and no new ones. */
  versioning(request: Cancellable & { readonly bucket: string }): Promise<'kept' | 'suspended' | 'none'>
  /** Lets a bucket keep the versions of its objects from now on. */
  keepVersions(request: Cancellable & { readonly bucket: string }): Promise<void>
  /** What else a bucket does with all of its objects. What a server does not know, it does not do. */
  bucketRules(request: Cancellable & { readonly bucket: string }): Promise<BucketRules>
}
