import type { Failure } from '../pipeline/ports/failure.js'

/**
 * What `s3-sync doctor` looks at, in the order it does. Closed: programs compare these words. A check may be added; one never changes what
 * it asks.
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

/** `unknown`: it could not be asked, or the answer says nothing about it. */
export type Verdict = 'yes' | 'partly' | 'no' | 'unknown'

/** The result of one check. Names in `detail` and `advice` are exact: escape them before they reach a terminal. */
export interface Finding {
  readonly check: CheckId
  readonly verdict: Verdict
  /** One line. */
  readonly detail: string
  /** What to do about it, in one line. */
  readonly advice?: string
}

/** Something that was made and could not be removed. */
export interface Remnant {
  readonly kind: 'bucket' | 'object' | 'upload'
  readonly bucket: string
  /** Absent for a bucket. */
  readonly key?: string
  /** Of a version or an upload. */
  readonly id?: string
}

/** What was found out about an endpoint, and what became of the things made for it. */
export interface Examination {
  /** One for each check, in their order. */
  readonly findings: readonly Finding[]
  /** Where it was tried; null where nothing could be made. */
  readonly bucket: string | null
  /** Empty: nothing was left behind. */
  readonly left: readonly Remnant[]
  /** Why the rest could not be asked. */
  readonly ended?: Failure
}
