import type { Acl, Encryption, Extras, Retention, Tags } from './object-metadata.js'
import type {
  ByteRange,
  Cancellable,
  Checksum,
  Content,
  ListRequest,
  ObjectAttributes,
  ObjectEntry,
  ObjectRef,
  VersionRef,
  Written,
} from './objects.js'

export interface UploadRef extends ObjectRef {
  readonly uploadId: string
}

export interface UploadedPart {
  /** from 1 */
  readonly number: number
  readonly etag: string
}

/** Uploads of an object in parts. */
export interface MultipartUploads {
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
}

/** Where on the same endpoint bytes come from. */
export interface OnServer {
  readonly from: VersionRef
  readonly ifMatch?: string | undefined
}

/** Copies within one endpoint: no byte passes here. */
export interface ServerSideCopies {
  /**
   * Copies `from`, of up to 5 GB. Attributes are copied unless `attributes` is given, and tags unless `extras` has others; all else is as
   * `extras` says (S3 API reference, CopyObject). With `ifMatch`, a source of another ETag fails with kind `changed`.
   */
  copy(
    request: ObjectRef &
      Cancellable &
      OnServer & { readonly attributes?: ObjectAttributes | undefined; readonly extras?: Extras | undefined },
  ): Promise<Written>

  /** As `copy`, for one part of an upload. */
  copyPart(
    request: UploadRef & Cancellable & OnServer & { readonly number: number; readonly range: ByteRange },
  ): Promise<UploadedPart>
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

/** Older versions of objects. */
export interface ObjectVersions {
  /**
   * As `listPage`, of all versions and delete markers: in the server's order of keys, the versions of a key from the newest to the oldest.
   * `after` is a key: none of its versions. Fails as `not-implemented` where the server has no such request.
   */
  listVersions(request: ListRequest): Promise<VersionPage>

  /** Deletes an object of a bucket that keeps versions: a marker is its newest version from then on. Repeating it makes another one. */
  putMarker(request: ObjectRef & Cancellable): Promise<{ readonly versionId?: string }>

  /** Whether older versions of objects are kept; `suspended`: those there are, and no new ones. */
  versioning(request: Cancellable & { readonly bucket: string }): Promise<'kept' | 'suspended' | 'none'>

  /** Lets a bucket keep the versions of its objects from now on. */
  keepVersions(request: Cancellable & { readonly bucket: string }): Promise<void>
}

/** What a bucket does with all of its objects, beside keeping their versions. */
export interface BucketRules {
  readonly locks: boolean
  /** It serves a website, so that objects may lead elsewhere. */
  readonly website: boolean
  /** Its default encryption. */
  readonly encryption?: Encryption
}

/** Metadata of objects beyond what GET and PUT carry. */
export interface MetadataCalls {
  /** An object's tags; none is an empty record. */
  tags(request: VersionRef & Cancellable): Promise<Tags>

  /** Who may do what with an object; in a short word where S3 has one for it. */
  acl(request: VersionRef & Cancellable): Promise<Acl>

  /** Locks an object that is there. Repeating it is safe. */
  lock(request: VersionRef & Cancellable & { readonly retention?: Retention; readonly legalHold?: true }): Promise<void>

  /** What else a bucket does with all of its objects. What a server does not know, it does not do. */
  bucketRules(request: Cancellable & { readonly bucket: string }): Promise<BucketRules>
}

/** What files have and objects do not: times that can be set, names that listings skip, content that changes under a reader. */
export interface FileCalls {
  /** Whether a file is still the one of that ETag. No GET could be pinned to one state: what was copied is looked at again. */
  isStill(request: ObjectRef & Cancellable & { readonly etag: string }): Promise<boolean>

  /**
   * Whether there is something under that name, or above it, that listings skip (a symbolic link that is not followed): then nobody may say
   * that it does not exist.
   */
  hides(request: ObjectRef & Cancellable): Promise<boolean>

  /** Gives a file of ETag `ifMatch` the time of the object that it was found equal to, ms: the next run needs no second look. */
  setTime(request: ObjectRef & Cancellable & { readonly lastModified: number; readonly ifMatch: string }): Promise<void>

  /**
   * Prefixes below which listings came by backups of earlier runs that noted them in another directory: one within that which was listed, or
   * one that it is in; `''` where all of it is backups. Those of a key are known before the key is.
   */
  backupsWithin(bucket: string): ReadonlySet<string>
}
