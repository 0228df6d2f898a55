import type { Failure } from '../../pipeline/ports/failure.js'

/**
 * How servers differ from Amazon S3, as data, with whom it is known of. Nothing here asks a server who it is: a quirk is met at its first
 * refusal and kept to from then on, or is harmless where there is none. What an error code means is in io/failure-reasons.ts.
 */

/** A way to ask for a page of a listing. */
export interface Dialect {
  readonly version: 1 | 2
  /** Keys may hold characters that XML can't: url-encoded they arrive all the same. */
  readonly encoded: boolean
  readonly notice?: { readonly code: string; readonly message: string }
}

/** From the best to the plainest: the first that is not refused is kept to. Older Ceph, DigitalOcean Spaces (by their documentation). */
export const LISTING_DIALECTS: readonly Dialect[] = [
  { version: 2, encoded: true },
  {
    ...{ version: 2, encoded: false },
    notice: {
      code: 'NoUrlEncoding',
      message: 'The server refuses url-encoded listings; keys with control characters may not be listed.',
    },
  },
  {
    ...{ version: 1, encoded: true },
    notice: { code: 'ListObjectsV1', message: 'The server does not know ListObjectsV2; the older ListObjects is used.' },
  },
  {
    ...{ version: 1, encoded: false },
    notice: { code: 'ListObjectsV1', message: 'The server knows only the older ListObjects without url-encoding; that is used.' },
  },
]

/** Codes by which servers refuse an option or an operation of listings that they do not know; statuses 405 and 501 say the same. */
export const UNKNOWN_TO_SERVER: ReadonlySet<string> = new Set([
  'InvalidArgument',
  'InvalidRequest',
  'MalformedXML',
  'MethodNotAllowed',
  'NotImplemented',
  'XNotImplemented',
  'BadRequest',
])

/** Answers to DeleteObjects of servers without it, which get a DELETE for each key: Google Cloud Storage for long, small servers. */
export const NO_BATCH_DELETES: ReadonlySet<string> = new Set([
  'NotImplemented',
  'MethodNotAllowed',
  'Http404',
  'Http405',
  'Http501',
  'InvalidRequest',
  'MalformedXML',
])

/**
 * Keys that no DeleteObjects can name: what XML 1.0 cannot hold (section 2.2), and what parsers change: fauxqs knows no numbered characters
 * (measured).
 */
export const NOT_IN_XML = /[\p{Cc}\ufffe\uffff]|\p{Surrogate}/u

/** Keys that MinIO and VersityGW store under another and answer 200: `/lead` as `lead`, `x//y` as `x/y`, and `.` and `..` as segments (measured). */
export const FOLDED_KEY = /^\/|\/\/|(^|\/)\.{1,2}(\/|$)/

/** Other words for the same. MinIO says so of a wrong checksum, where the S3 API reference has one code for digests of all kinds. */
export const SAME_CODE: Readonly<Record<string, string>> = { XAmzContentChecksumMismatch: 'BadDigest' }

/** Whether a write was refused because of its checksum: servers that do not know it ignore it, answer 501, or name it (Backblaze B2, R2). */
export function refusesChecksums({ code, status = 0, message }: Failure): boolean {
  return status === 501 || (status === 400 && code !== 'BadDigest' && /checksum/i.test(message))
}

/** The type of what has none: fauxqs fails on an empty body without (measured). */
export const UNTYPED = 'application/octet-stream'

/** A content encoding that was about the request and not the object, and that some servers keep (VersityGW, measured). */
export const OF_THE_REQUEST = 'aws-chunked'

/** Ceph RGW says this of one's own bucket as well: whoever may look into it owns it, for all that matters here. */
export const EXISTS_PERHAPS_OURS = 'BucketAlreadyExists'
