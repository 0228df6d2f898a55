import type { Failure } from '../pipeline/ports/failure.js'

/**
 * What `s3-sync doctor` checks, in this order. Programs compare these words: a check may be added, but none may change its meaning.
 */
export const CHECKS = [
  'reachable',
  'clock',
  'list-buckets',
  'credentials',
  'scratch',
  'region',
  'path-style',
  'virtual-host',
  'list-v2',
  'url-encoding',
  'key-order',
  'start-after',
  'paging',
  'ranges',
  'conditional-reads',
  'etag-md5',
  'metadata',
  'headers',
  'conditional-writes',
  'server-side-copy',
  'batch-deletes',
  'multipart',
  'list-parts',
  'multipart-etag',
  'part-size-told',
  'part-copy',
  'part-numbers',
  'keys-unicode',
  'keys-slashes',
  'keys-dots',
  'keys-siblings',
  'keys-control',
  'keys-long',
  'content-md5',
  'checksum-crc32',
  'checksum-crc64nvme',
  'tags',
  'storage-classes',
  'encryption',
  'website-redirect',
  'acl',
  'object-lock',
  'throughput',
  'versioning',
] as const

export type CheckId = (typeof CHECKS)[number]

/** `unknown`: the check could not be made, or the answer does not show it. */
export type CheckVerdict = 'yes' | 'partly' | 'no' | 'unknown'

/** The result of one check. Names in `detail` and `advice` are exact: escape them before they reach a terminal. */
export interface Finding {
  readonly check: CheckId
  readonly verdict: CheckVerdict
  /** One line. */
  readonly detail: string
  /** What to do about it, in one line. */
  readonly advice?: string
}

/** Something that was created and could not be removed. */
export interface Leftover {
  readonly kind: 'bucket' | 'object' | 'upload'
  readonly bucket: string
  /** Absent for a bucket. */
  readonly key?: string
  /** Of a version or an upload. */
  readonly id?: string
}

/** What was found out about an endpoint, and what could not be removed from it. */
export interface DoctorReport {
  /** One for each check, in their order. */
  readonly findings: readonly Finding[]
  /** The bucket of the checks; null if none could be created. */
  readonly bucket: string | null
  /** Empty: everything was removed. */
  readonly leftovers: readonly Leftover[]
  /** Why the examination stopped early. */
  readonly ended?: Failure
}
