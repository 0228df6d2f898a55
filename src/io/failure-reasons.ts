import type { Failure, FailureReason } from '../pipeline/ports/failure.js'
import type { Property } from '../pipeline/ports/object-metadata.js'
import { requiresDigest } from './s3/quirks.js'

/** Reasons by error code: codes of S3 (Amazon S3 API reference, "Error responses"), of other servers, and of this tool. */
const BY_CODE: Readonly<Record<string, FailureReason>> = {
  NoSuchKey: 'not-found',
  NoSuchUpload: 'no-such-upload',
  NoSuchBucket: 'no-such-bucket',
  AccessDenied: 'denied',
  NotImplemented: 'not-implemented',
  RangeIgnored: 'not-implemented',
  MethodNotAllowed: 'not-allowed',
  InvalidArgument: 'invalid-request',
  InvalidRequest: 'invalid-request',
  BadDigest: 'corrupt',
  EntityTooLarge: 'too-large',
  InvalidObjectState: 'archived',
  ObjectNotInActiveTierError: 'archived',
  PreconditionFailed: 'replaced',
  Aborted: 'cancelled',
  ConnectTimeout: 'overloaded',
  ConnectionReset: 'overloaded',
  FirstByteTimeout: 'overloaded',
  OutOfSockets: 'overloaded',
  Stalled: 'overloaded',
  CaseConflict: 'case-conflict',
  // Codes of targets that refuse a key because it conflicts with other keys: directories, VersityGW, MinIO (all but the last measured).
  FileAndDirectory: 'blocked',
  ExistingObjectIsDirectory: 'blocked',
  ObjectParentIsFile: 'blocked',
  XMinioObjectExistsAsDirectory: 'blocked',
}

const BY_STATUS: Readonly<Record<number, FailureReason>> = {
  400: 'bad-request',
  403: 'denied',
  405: 'not-allowed',
  412: 'replaced',
  501: 'not-implemented',
}

const LOCK = /object.?lock|retention|retain|legal.?hold/i

/** The properties that a refusal names, by the words that servers use (S3 API reference, error codes; MinIO, VersityGW, B2 measured). */
const NAMED: readonly (readonly [words: RegExp, property: Property])[] = [
  [/storage.?class/i, 'storage-class'],
  [/tagging|\btags?\b|invalidtag/i, 'tags'],
  [/encrypt|\bkms\b|\bsse\b/i, 'encryption'],
  [/redirect/i, 'redirect'],
  [LOCK, 'retention'],
  [LOCK, 'legal-hold'],
  [/acls?\b|accesscontrollist|x-amz-grant|\bgrantees?\b/i, 'acl'],
]

/** Matches ARNs and addresses. They are not the server's words: `staging` contains "tag". */
const NAMES = /\b(?:arn:|https?:)\S+/g

/** The same failure with the fields that the pipeline decides by: the reason, and the properties that a refusal names. */
export function withReason(failure: Failure): Failure {
  const { code, status, kind, message } = failure
  // Wasabi throttles with status 403; only the code tells that from a denial.
  const byStatus = status === undefined || kind === 'throttled' ? undefined : BY_STATUS[status]
  const reason = requiresDigest(failure) ? 'digest-required' : (BY_CODE[code] ?? byStatus)
  const isFinal = kind === 'permanent' || reason === 'not-implemented'
  const said = isFinal ? `${code} ${message.replace(NAMES, ' ')}` : ''
  const named = isFinal ? NAMED.filter(([words]) => words.test(said)).map(([, property]) => property) : []
  return { ...failure, ...(reason && { reason }), ...(named.length > 0 && { properties: named }) }
}
