import type { Failure } from '../../pipeline/ports/failure.js'

/**
 * How servers differ from Amazon S3, as data, with the servers that are known to differ. No code asks a server for its name: a quirk is
 * detected at its first refusal and remembered, or is harmless on other servers. io/failure-reasons.ts explains the error codes.
 */

/** A way to ask for a page of a listing. */
export interface Dialect {
  readonly version: 1 | 2
  /** Keys may contain characters that XML can't; url-encoded keys support them. */
  readonly encoded: boolean
  readonly notice?: { readonly code: string; readonly message: string }
}

/**
 * From the best to the simplest: the first one that the server accepts is used. Older Ceph, DigitalOcean Spaces (according to their
 * documentation).
 */
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

/** Error codes for an option or operation of listings that a server does not know; statuses 405 and 501 mean the same. */
export const UNKNOWN_TO_SERVER: ReadonlySet<string> = new Set([
  'InvalidArgument',
  'InvalidRequest',
  'MalformedXML',
  'MethodNotAllowed',
  'NotImplemented',
  'XNotImplemented',
  'BadRequest',
])

/** Error codes of servers without DeleteObjects (Google Cloud Storage for a long time, small servers); each key gets a DELETE instead. */
export const NO_BATCH_DELETES: ReadonlySet<string> = new Set(['Http404', 'InvalidRequest', 'MalformedXML'])

/**
 * Keys that DeleteObjects can't name: characters that XML 1.0 does not allow (section 2.2), and those that parsers change, as fauxqs does
 * not know numeric character references (measured).
 */
export const NOT_IN_XML = /[\p{Cc}\ufffe\uffff]|\p{Surrogate}/u

/**
 * Keys that MinIO, VersityGW, s3s-fs 0.14.1 and SeaweedFS 4.53 store under another key although they answer 200: `/lead` as `lead` (also
 * Garage 2.5.0), `x//y` as `x/y`, `.` and `..` as segments, and `x\y` as `x/y` (SeaweedFS) (measured).
 */
export const FOLDED_KEY = /^\/|\/\/|\\|(^|\/)\.{1,2}(\/|$)/

/**
 * Other codes for the same error. MinIO (XAmz…) and Garage 2.5.0 answer so for a wrong checksum; the S3 API reference has one code for all
 * kinds of digests. There, InvalidDigest is a malformed one; this tool sends none. Alibaba Cloud OSS answers InvalidSecurityToken ("HTTP
 * 403 errors") and, for an expired token, SecurityTokenExpired (the name is that of OSS clients; its EC 0002-00000007 describes it). Tencent
 * COS writes RequestTimeOut ("Error Codes").
 */
export const SAME_CODE: Readonly<Record<string, string>> = {
  XAmzContentChecksumMismatch: 'BadDigest',
  InvalidDigest: 'BadDigest',
  SecurityTokenExpired: 'ExpiredToken',
  InvalidSecurityToken: 'InvalidToken',
  RequestTimeOut: 'RequestTimeout',
}

/** Whether a write was refused because of its checksum. Servers without checksums ignore it, answer 501, or name it (Backblaze B2, R2). */
export function refusesChecksums({ code, status = 0, message }: Failure): boolean {
  return status === 501 || (status === 400 && code !== 'BadDigest' && /checksum/i.test(message))
}

/**
 * Whether a request may have been refused because of one of its headers: Backblaze B2 and older Ceph name it in a 400, other servers answer
 * 501; to a HEAD, the status is all they say.
 */
export function refusesHeader({ code, status = 0, message }: Failure, name: string): boolean {
  return status === 501 || (status === 400 && (code === 'BadRequest' || message.toLowerCase().includes(name)))
}

/** Google Cloud Storage decompresses objects stored with gzip unless the request accepts gzip, and then names how they are stored. */
export const STORED_ENCODING = 'x-goog-stored-content-encoding'

/** Error messages of a bucket with object lock for a write without a digest (S3 API reference, PutObject; Amazon S3, MinIO). */
const DIGEST_REQUIRED = /content-md5.*(required|missing)|missing.*content-md5/i

/** Whether a write was refused because it carried no digest of its bytes. */
export function requiresDigest({ status, message }: Failure): boolean {
  return status === 400 && DIGEST_REQUIRED.test(message)
}

/** The default content type: without one, fauxqs fails on an empty body (measured). */
export const UNTYPED = 'application/octet-stream'

/** A content encoding of the request, not of the object. Some servers store it (VersityGW, measured). */
export const OF_THE_REQUEST = 'aws-chunked'

/** Ceph RGW also answers so for one's own bucket. A login that can read the bucket is treated as its owner. */
export const EXISTS_PERHAPS_OURS = 'BucketAlreadyExists'

/**
 * Error codes for a bucket's name in the path, of servers that accept it only in the host name:
 *
 * - Alibaba Cloud OSS: alibabacloud.com/help/en/oss/user-guide/http-403-error-code;
 * - Tencent COS, buckets made since 2024: cloud.tencent.com/document/faq/436/102489, quoted in github.com/gobackup/gobackup/issues/268;
 * - Huawei OBS: support.huaweicloud.com/api-obs/obs_errorcode_0014.html.
 */
export const PATH_STYLE_REFUSED: ReadonlySet<string> = new Set([
  'SecondLevelDomainForbidden',
  'PathStyleDomainForbidden',
  'VirtualHostDomainRequired',
])
