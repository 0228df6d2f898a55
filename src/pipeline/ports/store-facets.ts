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

/** Multipart uploads. */
export interface MultipartUploads {
  /** `lastModified` as in `put`. */
  createUpload(
    request: ObjectRef &
      Cancellable & {
        readonly attributes: ObjectAttributes
        readonly lastModified?: number | undefined
        readonly extras?: Extras | undefined
      },
  ): Promise<{ readonly uploadId: string }>

  /** As `put`, for one part; `md5` in hex. Repeating it replaces the part. */
  uploadPart(
    request: UploadRef &
      Cancellable & {
        readonly number: number
        /** Offset of the part in the object, bytes. */
        readonly start: number
        readonly body: Content
        readonly size: number
        readonly md5?: string | undefined
      },
  ): Promise<UploadedPart & Pick<Written, 'encryption'>>

  /**
   * Parts in ascending order. With `checksum` over the whole object, other bytes are refused with `BadDigest`, if the server accepts
   * checksums. Not idempotent: after a lost answer, a second call returns `NoSuchUpload`.
   */
  completeUpload(
    request: UploadRef & Cancellable & { readonly parts: readonly UploadedPart[]; readonly checksum?: Checksum | undefined },
  ): Promise<Written>

  /** The uploaded parts, ordered by number; `NoSuchUpload` (permanent) if the upload no longer exists. */
  listParts(request: UploadRef & Cancellable): Promise<readonly (UploadedPart & { readonly size: number })[]>

  /** Succeeds also if the upload no longer exists. */
  abortUpload(request: UploadRef & Cancellable): Promise<void>
}

/** The source of a copy on the same endpoint. */
export interface OnServer {
  readonly from: VersionRef
  readonly ifMatch?: string | undefined
}

/** Copies within one endpoint: the bytes do not pass through this machine. */
export interface ServerSideCopies {
  /**
   * Copies `from`, up to 5 GB. Attributes are copied unless `attributes` is given, and tags unless `extras` has others; everything else is
   * set by `extras` (S3 API reference, CopyObject). With `ifMatch`, a source with another ETag fails with kind `changed`.
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

/** A version of an object, or a delete marker. */
export interface VersionEntry extends ObjectEntry {
  /** `null`: written while the bucket did not keep versions. */
  readonly versionId: string
  /** A delete marker has no bytes: `size` is 0 and `etag` empty. */
  readonly isMarker: boolean
  /** The version that is read if none is named. */
  readonly isLatest: boolean
}

/** The answer to one request for a listing of versions. */
export interface VersionPage {
  readonly entries: readonly VersionEntry[]
  readonly next?: string
}

/** Older versions of objects. */
export interface ObjectVersions {
  /**
   * As `listPage`, for all versions and delete markers: keys in the server's order, the versions of a key from newest to oldest. `after` is
   * a key, whose own versions are not listed. Fails as `not-implemented` if the server does not support the request.
   */
  listVersions(request: ListRequest): Promise<VersionPage>

  /** Deletes an object in a bucket that keeps versions: a delete marker becomes its newest version. Repeating it creates another marker. */
  putMarker(request: ObjectRef & Cancellable): Promise<{ readonly versionId?: string }>

  /** Whether older versions of objects are kept; `suspended`: existing ones are kept, new ones are not. */
  versioning(request: Cancellable & { readonly bucket: string }): Promise<'kept' | 'suspended' | 'none'>

  /** Enables versioning for a bucket. */
  keepVersions(request: Cancellable & { readonly bucket: string }): Promise<void>
}

/** Settings of a bucket that apply to all its objects, except for versioning. */
export interface BucketRules {
  readonly locks: boolean
  /** It serves a website, so objects may have redirects. */
  readonly website: boolean
  /** The server has the setting of a default encryption, so single objects may be encrypted. */
  readonly knowsEncryption?: true
  /** Default encryption. */
  readonly encryption?: Encryption
}

/** Metadata of objects that GET and PUT do not include. */
export interface MetadataCalls {
  /** An object's tags; an empty record if it has none. */
  tags(request: VersionRef & Cancellable): Promise<Tags>

  /** Replaces the tags of an existing object. Repeating it is safe. */
  putTags(request: VersionRef & Cancellable & { readonly tags: Tags }): Promise<void>

  /** The ACL of an object; a canned ACL if one matches. */
  acl(request: VersionRef & Cancellable): Promise<Acl>

  /** Locks an existing object. Repeating it is safe. */
  lock(request: VersionRef & Cancellable & { readonly retention?: Retention; readonly legalHold?: true }): Promise<void>

  /** Other settings of a bucket. Settings that the server does not support count as off. */
  bucketRules(request: Cancellable & { readonly bucket: string }): Promise<BucketRules>
}

/** What only files need: modification times that can be set, names that listings skip, content that changes while it is read. */
export interface FileCalls {
  /** Whether a file still has this ETag. A GET cannot be pinned to one state of a file, so it is checked again after the copy. */
  isStill(request: ObjectRef & Cancellable & { readonly etag: string }): Promise<boolean>

  /**
   * Whether the key, or a directory above it, is something that listings skip (a symbolic link that is not followed): then the object must
   * not be reported as missing.
   */
  hides(request: ObjectRef & Cancellable): Promise<boolean>

  /**
   * Sets the modification time (ms) of a file with ETag `ifMatch` to that of its equal object, so the next run need not compare them again.
   */
  setTime(request: ObjectRef & Cancellable & { readonly lastModified: number; readonly ifMatch: string }): Promise<void>

  /**
   * Prefixes of backups that earlier runs recorded in another directory than the listed one: a directory inside it, or one that contains
   * it; `''` if the whole bucket is backups. The prefixes that cover a key are known before the key is listed.
   */
  backupsWithin(bucket: string): ReadonlySet<string>
}
