import { type Failure, type FailureKind, StoreError } from '../../../pipeline/ports/failure.js'
import { withReason } from '../../failure-reasons.js'

/** S3's error codes that mean the same for every object of the bucket (Amazon S3 API reference, "Error responses"). */
const FATAL = new Set([
  'AccountProblem',
  'BucketAlreadyExists',
  'CertificateUntrusted',
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
  'SignatureDoesNotMatch',
  'TlsExpected',
  'TlsNotSpoken',
])

const THROTTLED = new Set(['RequestLimitExceeded', 'SlowDown', 'Throttling', 'ThrottlingException', 'TooManyRequests'])

/** Refusals that another attempt may fix though their status is below 500. */
const PASSING = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'IncompleteBody',
  'OperationAborted',
  'RequestTimeout',
  'XAmzContentChecksumMismatch',
])

/** What another attempt would do about an answer of the server. */
export function kindOf(code: string, status: number | undefined): FailureKind {
  if (FATAL.has(code)) return 'fatal'
  if (THROTTLED.has(code) || status === 429) return 'throttled'
  // A 200 that fails is one that could not be read: cut, or not from S3.
  if (status === undefined || status < 300 || status >= 500 || status === 408 || PASSING.has(code)) return 'transient'
  return 'permanent'
}

/** Node's words for what keeps two programs from talking, by `error.code` (Node.js API, "Common system errors" and "OpenSSL errors"). */
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
  // This machine has no more of what a connection takes, until another ends.
  EMFILE: 'OutOfSockets',
  ENFILE: 'OutOfSockets',
  EADDRNOTAVAIL: 'OutOfSockets',
  ENOBUFS: 'OutOfSockets',
  EPROTO: 'TlsNotSpoken',
  ERR_SSL_WRONG_VERSION_NUMBER: 'TlsNotSpoken',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'TlsNotSpoken',
  CERT_HAS_EXPIRED: 'CertificateUntrusted',
  CERT_NOT_YET_VALID: 'CertificateUntrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'CertificateUntrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'CertificateUntrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'CertificateUntrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'CertificateUntrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'CertificateUntrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CertificateUntrusted',
  // undici's own (its documentation, "Errors")
  UND_ERR_CONNECT_TIMEOUT: 'ConnectTimeout',
  UND_ERR_HEADERS_TIMEOUT: 'FirstByteTimeout',
  UND_ERR_BODY_TIMEOUT: 'Stalled',
  UND_ERR_SOCKET: 'ConnectionReset',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'ConnectionReset',
  UND_ERR_HEADERS_OVERFLOW: 'MalformedAnswer',
  UND_ERR_PRX_TLS: 'CertificateUntrusted',
}

/** This tool's code for a socket's error; undefined for what is no such error. */
export function socketCode(code: string): string | undefined {
  // The HTTP parser's: not even the first bytes were HTTP, as when TLS answers; or they were, and something else is wrong with them.
  if (code === 'HPE_INVALID_CONSTANT') return 'TlsExpected'
  if (code.startsWith('HPE_')) return 'MalformedAnswer'
  return SOCKET[code]
}

/** Longest message that is kept of a server, characters. */
const MESSAGE = 300

/** The first line of what a server said, of bearable length. */
export function firstLine(message: string): string {
  const line = message.trim().split(/[\r\n]/, 1)[0] ?? ''
  return line.length > MESSAGE ? `${line.slice(0, MESSAGE)}…` : line
}

/** A failure that never reached a server, or that this tool found itself. */
export function ownFailure(operation: string, code: string, message: string, kind?: FailureKind): Failure {
  return withReason({ kind: kind ?? kindOf(code, undefined), operation, code, message: firstLine(message) })
}

/** A request that its owner called off. */
export function aborted(operation: string): StoreError {
  return new StoreError(ownFailure(operation, 'Aborted', 'called off', 'permanent'))
}

/** What Go's and nginx's TLS servers say to a plain request, which they answer in the clear with a 400. */
export const PLAIN_TO_TLS = /HTTP request (was sent )?to (an )?HTTPS (server|port)/i
