import type { Side } from './bucket-pair.js'
import type { Property } from './object-metadata.js'

/**
 * What a failure means for the caller:
 * - `transient`: another attempt may succeed (5xx, timeouts, cut connections, short bodies);
 * - `throttled`: the server requests a lower rate (503 SlowDown, 429): all workers slow down, no retry is used up;
 * - `changed`: the source object is not the listed one (412, another size): read its state again, then retry;
 * - `permanent`: no attempt helps (denied, no such key, bad name): the object fails at once;
 * - `fatal`: nothing else can work either (credentials refused, bucket gone): the run cannot continue.
 */
export const FAILURE_KINDS = ['transient', 'throttled', 'changed', 'permanent', 'fatal'] as const
export type FailureKind = (typeof FAILURE_KINDS)[number]

/**
 * The cause of a failure, if the pipeline's decisions depend on it. Set by the stores; absent: none of these.
 * - `not-found`, `no-such-upload`, `no-such-bucket`: it does not exist;
 * - `denied`: the access key lacks the permission; `not-implemented`, `not-allowed`: the server cannot or will not do it for anyone;
 * - `invalid-request`, `bad-request`: the server does not accept this form of the request;
 * - `corrupt`: the bytes do not match the announced checksum;
 * - `replaced`: the object is not the requested one;
 * - `too-large`: the target does not accept so many bytes in one request;
 * - `archived`: it must be restored before it can be read;
 * - `blocked`: another key of the target blocks it; `case-conflict`: the target treats it as the same as another key;
 * - `overloaded`: the server or the connection to it is overloaded;
 * - `metadata-lost`: with `--strict`, the target does not keep the object's metadata;
 * - `cancelled`: the result is no longer needed;
 * - `digest-required`: the bucket accepts only writes that carry a digest of their bytes.
 */
export const FAILURE_REASONS = [
  ...(['not-found', 'no-such-upload', 'no-such-bucket', 'denied', 'not-implemented', 'not-allowed'] as const),
  ...(['invalid-request', 'bad-request', 'corrupt', 'replaced', 'archived', 'blocked', 'case-conflict'] as const),
  ...(['overloaded', 'metadata-lost', 'cancelled', 'digest-required', 'too-large'] as const),
] as const
export type FailureReason = (typeof FAILURE_REASONS)[number]

/** A failure as plain data, suitable for events, the journal and JSON. Contains no secrets: only what the server or the socket reported. */
export interface Failure {
  readonly kind: FailureKind
  /** The S3 operation that failed, e.g. `GetObject`; for failures that this tool detects, the step (`Listing`, `Copy`). */
  readonly operation: string
  /**
   * For people; no decision depends on it. The server's error code, or one of this tool's if no server answered (`ConnectionRefused`,
   * `TruncatedBody`, …).
   */
  readonly code: string
  readonly reason?: FailureReason
  /** The object properties that the error names. */
  readonly properties?: readonly Property[]
  /** The HTTP status, if there was an answer. For people; no decision depends on it. */
  readonly status?: number
  readonly message: string
  /** How long the server asks to wait before the next attempt, ms. */
  readonly retryAfterMs?: number
  /** For `CaseConflict`: the key of the existing target object that conflicts with this one. */
  readonly other?: string
  /** The endpoint where it happened; a store does not know its side, so the pipeline adds it. */
  readonly side?: Side
}

/** The only error that an {@link ObjectStore} throws. Any other error from a store is a bug. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(`${failure.operation}: ${failure.code}: ${failure.message}`, options)
  }

  /** The same failure with its side. */
  at(side: Side): StoreError {
    return new StoreError({ ...this.failure, side }, { cause: this.cause ?? this })
  }
}

/** For `catch` of a HEAD: returns undefined if the object does not exist; rethrows every other error. */
export function unlessMissing(error: unknown): undefined {
  if (error instanceof StoreError && error.failure.reason === 'not-found') return undefined
  throw error
}

/** A listing whose keys do not ascend in UTF-8 byte order: the pair must be compared another way. */
export class OrderViolation extends Error {
  override readonly name = 'OrderViolation'
  constructor(
    readonly side: Side,
    readonly before: string,
    readonly after: string,
  ) {
    super(`the ${side} lists "${after}" after "${before}"`)
  }
}
