import type { Side } from './bucket-pair.js'
import type { Property } from './object-metadata.js'

/**
 * What a failure means for the one who asked:
 * - `transient`: another attempt may succeed (5xx, timeouts, cut connections, short bodies);
 * - `throttled`: the server asks for less (503 SlowDown, 429): everybody slows down, no retry is used up;
 * - `changed`: the source object is not the one that was listed (412, another size): look again, then retry;
 * - `permanent`: no attempt helps (denied, no such key, bad name): this object fails at once;
 * - `fatal`: nothing else can work either (credentials refused, bucket gone): the run cannot go on.
 */
export const FAILURE_KINDS = ['transient', 'throttled', 'changed', 'permanent', 'fatal'] as const
export type FailureKind = (typeof FAILURE_KINDS)[number]

/**
 * What a failure is about, as far as the pipeline decides by it. Stores find it out; absent: none of these.
 * - `not-found`, `no-such-upload`, `no-such-bucket`: it is not there;
 * - `denied`: the login may not do it; `not-implemented`, `not-allowed`: the server cannot or will not do it for anybody;
 * - `invalid-request`, `bad-request`: the server does not accept how it was asked;
 * - `corrupt`: the bytes are not those that were announced;
 * - `replaced`: the object is not the one that was asked for;
 * - `archived`: it must be restored before it can be read;
 * - `blocked`: another key of the target is in the way; `case-conflict`: the target cannot distinguish it from another key;
 * - `overloaded`: the server, or the way to it, has more to do than it can;
 * - `metadata-lost`: under `--strict`, the target does not hold what the object has;
 * - `cancelled`: nobody waits for it any more.
 */
export const FAILURE_REASONS = [
  ...(['not-found', 'no-such-upload', 'no-such-bucket', 'denied', 'not-implemented', 'not-allowed'] as const),
  ...(['invalid-request', 'bad-request', 'corrupt', 'replaced', 'archived', 'blocked', 'case-conflict'] as const),
  ...(['overloaded', 'metadata-lost', 'cancelled'] as const),
] as const
export type FailureReason = (typeof FAILURE_REASONS)[number]

/** A failure as plain data, fit for events, the journal and JSON. Holds no secret: only what the server or the socket said. */
export interface Failure {
  readonly kind: FailureKind
  /** The S3 operation that failed, e.g. `GetObject`; for what this tool finds itself, the step (`Listing`, `Copy`). */
  readonly operation: string
  /** For people: nothing is decided by it. The server's error code, or one of this tool's for what never reached a server (`ConnectionRefused`, `TruncatedBody`, …). */
  readonly code: string
  readonly reason?: FailureReason
  /** The properties of an object that a refusal names. */
  readonly properties?: readonly Property[]
  /** The HTTP status, where there was an answer. For people: nothing is decided by it. */
  readonly status?: number
  readonly message: string
  /** Of `CaseConflict`: the key of the target's object that it can't tell from this one. */
  readonly other?: string
  /** Which endpoint it happened at; unknown to a store itself, added by the pipeline. */
  readonly side?: Side
}

/** The one error an {@link ObjectStore} throws. Anything else that comes out of a store is a broken invariant. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(`${failure.operation}: ${failure.code}: ${failure.message}`, options)
  }

  /** The same failure, told at `side`. */
  at(side: Side): StoreError {
    return new StoreError({ ...this.failure, side }, { cause: this.cause ?? this })
  }
}

/** For `catch` of a HEAD: undefined where there is no such object; every other error is thrown on. */
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
