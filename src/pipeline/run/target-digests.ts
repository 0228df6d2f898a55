import type { Feature } from '../ports/object-metadata.js'
import type { Checksum } from '../ports/objects.js'
import { DROPPED, SUPPORTED, type TargetCapabilities } from './target-capabilities.js'

const feature = (id: string): Feature => ({ property: 'checksum', id })
/** The target accepts a checksum with a write, and refuses other bytes. */
const CHECKSUM_WITH_WRITE = feature('checksum with a write')
/** The same when a multipart upload is completed. */
const CHECKSUM_OF_UPLOAD = feature('checksum of an upload in parts')
/** The target accepts a write without a digest of its bytes; a bucket with object lock does not. */
const WITHOUT_DIGEST = feature('write without a digest')
/** The ETag of an object that was written in one piece is the MD5 of its bytes, if it looks like one. */
const ETAG_OF_WRITE = feature('ETag of a write')
/** The ETag of an object in parts is made of the MD5s of its parts. */
const ETAG_OF_PARTS = feature('ETag of parts')

/** What a target bucket knows and tells about the bytes of a write: learned from its answers, and kept for a resume. */
export class TargetDigests {
  constructor(private readonly capabilities: TargetCapabilities) {}

  /** The checksum to send with a write; undefined if the target is known to accept none. */
  announced(checksum: Checksum | undefined): Checksum | undefined {
    return this.capabilities.isRefused(CHECKSUM_WITH_WRITE.id) ? undefined : checksum
  }

  /** The same for an upload in parts. */
  announcedOfUpload(checksum: Checksum | undefined): Checksum | undefined {
    return this.capabilities.isRefused(CHECKSUM_OF_UPLOAD.id) ? undefined : this.announced(checksum)
  }

  noteChecksumsRefused(): void {
    this.capabilities.refuses([CHECKSUM_WITH_WRITE], 'NoChecksums')
  }

  /** Records that the target refuses the correct checksum of an upload in parts: MinIO wants one of each part as well (measured). */
  noteUploadChecksumRefused(code: string): void {
    this.capabilities.refuses([CHECKSUM_OF_UPLOAD], code)
  }

  /** Whether the target is known to check the checksum that comes with a write. */
  get checksChecksums(): boolean {
    return this.capabilities.supportOf(CHECKSUM_WITH_WRITE)?.is === 'held'
  }

  /** Records whether the answer to a write with a checksum showed that the target had checked it. */
  noteChecking(isChecked: boolean): void {
    if (!this.capabilities.isRefused(CHECKSUM_WITH_WRITE.id))
      this.capabilities.note(CHECKSUM_WITH_WRITE, isChecked ? SUPPORTED : DROPPED)
  }

  /** Whether the target refuses writes without a digest of their bytes. */
  get areRequired(): boolean {
    return this.capabilities.isRefused(WITHOUT_DIGEST.id)
  }

  noteRequired(code: string): void {
    this.capabilities.refuses([WITHOUT_DIGEST], code)
  }

  /** Whether the target's ETags are known to look like MD5s without being any. */
  get inventsEtags(): boolean {
    return this.capabilities.supportOf(ETAG_OF_WRITE)?.is === 'forgotten'
  }

  noteInventedEtags(): void {
    this.capabilities.note(ETAG_OF_WRITE, DROPPED)
  }

  /** Whether the ETags of objects in parts are known to be no hash at the target. */
  get hasOpaqueParts(): boolean {
    return this.capabilities.supportOf(ETAG_OF_PARTS)?.is === 'forgotten'
  }

  noteOpaqueParts(): void {
    this.capabilities.note(ETAG_OF_PARTS, DROPPED)
  }
}
