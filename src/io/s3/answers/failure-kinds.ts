import { type Failure, type FailureKind, StoreError } from '../../../pipeline/ports/failure.js'
import { withReason } from '../../failure-reasons.js'

/** S3's error codes that apply to every object of the bucket (Amazon S3 API reference, "Error responses"). */
const FATAL = new Set([
  'AccountProblem',
  'BucketAlreadyExists',
  'CaFileNotUsable',
  'CertificateExpired',
  'CertificateNotYetValid',
  'CertificateUntrusted',
  'CertificateWrongHost',
  'CredentialsFailed',
  'CredentialsMissing',
  'ExpiredToken',
  'ExpiredTokenException',
  'Http407',
  'InvalidAccessKeyId',
  'InvalidBucketName',
  'InvalidToken',
  'NoSuchBucket',
  'NotSignedUp',
  'RequestTimeTooSkewed',
  'SignInNeeded',
  'SignatureDoesNotMatch',
  'TlsExpected',
  'TlsNotSpoken',
  'TokenRefreshRequired',
  // Cloudflare R2, for refused credentials (developers.cloudflare.com/r2/api/error-codes).
  'Unauthorized',
])

/** Error codes that ask for a lower rate, whatever the status. */
const THROTTLED = new Set([
  ...['SlowDown', 'TooManyRequests'],
  // AWS SDK for JavaScript (@smithy/core, THROTTLING_ERROR_CODES), without those of other services than S3.
  ...['BandwidthLimitExceeded', 'RequestLimitExceeded', 'RequestThrottled', 'RequestThrottledException'],
  ...['ThrottledException', 'Throttling', 'ThrottlingException', 'TooManyRequestsException'],
  // MinIO (cmd/api-errors.go), each with a 503.
  ...['SlowDownRead', 'SlowDownWrite', 'ServerBusy'],
  // Alibaba Cloud OSS has a code for each limit, all with a 503 (help.aliyun.com/en/oss/user-guide/http-status-code-503).
  ...['ActiveRequestLimitExceeded', 'CpuLimitExceeded', 'DownloadTrafficRateLimitExceeded', 'MetaOperationQpsLimitExceeded'],
  ...['TotalQpsLimitExceeded', 'UploadTrafficRateLimitExceeded'],
  // Wasabi ("REST API Introduction"), with a 403.
  'RequestRateLimitExceeded',
])

/** Refusals with a status below 500 that a retry may resolve. */
const PASSING = new Set([
  'BadDigest',
  // Cloudflare R2, "Error codes": the connection broke during the upload
  'ClientDisconnect',
  'ConditionalRequestConflict',
  'IncompleteBody',
  'OperationAborted',
  'RequestTimeout',
  // Supabase Storage, src/internal/errors/codes.ts: another request is writing the object
  'ResourceLocked',
  'XAmzContentChecksumMismatch',
])

/** Whether a retry helps after an error answer of the server. */
export function kindOf(code: string, status: number | undefined): FailureKind {
  if (FATAL.has(code)) return 'fatal'
  if (THROTTLED.has(code) || status === 429) return 'throttled'
  // The server will not implement it by the next attempt.
  if (status === 501) return 'permanent'
  // A failure with status 200 is an unreadable answer: cut, or not from S3.
  if (status === undefined || status < 300 || status >= 500 || status === 408 || PASSING.has(code)) return 'transient'
  return 'permanent'
}

/** Node's codes for failed connections, by `error.code` (Node.js API, "Common system errors" and "OpenSSL errors"). */
const SOCKET: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'ConnectionRefused',
  EHOSTUNREACH: 'ConnectTimeout',
  ENETUNREACH: 'ConnectTimeout',
  ETIMEDOUT: 'ConnectTimeout',
  ENOTFOUND: 'UnknownHost',
  EAI_AGAIN: 'UnknownHost',
  ECONNRESET: 'ConnectionReset',
  EPIPE: 'ConnectionReset',
  ECONNABORTED: 'ConnectionReset',
  ERR_STREAM_PREMATURE_CLOSE: 'ConnectionReset',
  ENETDOWN: 'ConnectTimeout',
  EHOSTDOWN: 'ConnectTimeout',
  // This machine can open no more connections until another one closes.
  EMFILE: 'OutOfSockets',
  ENFILE: 'OutOfSockets',
  EADDRNOTAVAIL: 'OutOfSockets',
  ENOBUFS: 'OutOfSockets',
  EPROTO: 'TlsNotSpoken',
  ERR_SSL_WRONG_VERSION_NUMBER: 'TlsNotSpoken',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'TlsNotSpoken',
  CERT_HAS_EXPIRED: 'CertificateExpired',
  CERT_NOT_YET_VALID: 'CertificateNotYetValid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'CertificateUntrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'CertificateWrongHost',
  SELF_SIGNED_CERT_IN_CHAIN: 'CertificateUntrusted',
  CERT_CHAIN_TOO_LONG: 'CertificateUntrusted',
  CERT_REJECTED: 'CertificateUntrusted',
  CERT_REVOKED: 'CertificateUntrusted',
  CERT_SIGNATURE_FAILURE: 'CertificateUntrusted',
  CERT_UNTRUSTED: 'CertificateUntrusted',
  INVALID_CA: 'CertificateUntrusted',
  INVALID_PURPOSE: 'CertificateUntrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'CertificateUntrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'CertificateUntrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CertificateUntrusted',
  // undici's own codes (its documentation, "Errors")
  UND_ERR_CONNECT_TIMEOUT: 'ConnectTimeout',
  UND_ERR_HEADERS_TIMEOUT: 'FirstByteTimeout',
  UND_ERR_BODY_TIMEOUT: 'Stalled',
  UND_ERR_SOCKET: 'ConnectionReset',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'ConnectionReset',
  UND_ERR_HEADERS_OVERFLOW: 'MalformedAnswer',
}

/** This tool's code for a socket error; undefined for other errors. */
export function socketCode(code: string): string | undefined {
  // A code of the HTTP parser. HPE_INVALID_CONSTANT: not even the first bytes were HTTP, e.g. the server speaks TLS. Others: a later part
  // is invalid.
  if (code === 'HPE_INVALID_CONSTANT') return 'TlsExpected'
  if (code.startsWith('HPE_')) return 'MalformedAnswer'
  return SOCKET[code]
}

/** Longest server message that is kept, characters. */
const MESSAGE = 300

/** The first line of a server's message, shortened to {@link MESSAGE} characters. */
export function firstLine(message: string): string {
  const line = message.trim().split(/[\r\n]/, 1)[0] ?? ''
  return line.length > MESSAGE ? `${line.slice(0, MESSAGE)}…` : line
}

/** A failure that this tool found itself, or of a request that never reached a server. */
export function ownFailure(operation: string, code: string, message: string, kind?: FailureKind): Failure {
  return withReason({ kind: kind ?? kindOf(code, undefined), operation, code, message: firstLine(message) })
}

/** The error of a request that its caller cancelled. */
export function aborted(operation: string): StoreError {
  return new StoreError(ownFailure(operation, 'Aborted', 'called off', 'permanent'))
}

/** The answer of Go's and nginx's TLS servers to a plain request: a plain-text 400. */
export const PLAIN_TO_TLS = /HTTP request (was sent )?to (an )?HTTPS (server|port)/i
