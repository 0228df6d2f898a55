/**
 * What a failure means for the one who asked:
 * - `transient`: another attempt may cure it (5xx, timeouts, cut connections, short bodies);
 * - `throttled`: the server asks for less (503 SlowDown, 429): everybody slows down, no retry is used up;
 * - `changed`: the source object is not the one that was listed (412, another size): look again, then retry;
 * - `permanent`: no attempt cures it (denied, no such key, bad name): this object fails at once;
 * - `fatal`: nothing else can work either (credentials refused, bucket gone): the run cannot go on.
 */
export type FailureKind = 'transient' | 'throttled' | 'changed' | 'permanent' | 'fatal'

/** A failure as plain data, fit for events, the journal and JSON. Holds no secret: only what the server or the socket said. */
export interface Failure {
  readonly kind: FailureKind
  /** The S3 operation that failed, e.g. `GetObject`; for what this tool finds itself, the step (`Listing`, `Copy`). */
  readonly operation: string
  /** The server's error code, or one of this tool's for what never reached a server (`ConnectionRefused`, `TruncatedBody`, …). */
  readonly code: string
  /** The HTTP status, where there was an answer. */
  readonly status?: number
  readonly message: string
  /** Of `CaseConflict`: the key of the target's object that it can't tell from this one. */
  readonly other?: string
  /** Which endpoint it happened at; unknown to a store itself, added by the pipeline. */
  readonly side?: 'source' | 'target'
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
  at(side: 'source' | 'target'): StoreError {
    return new StoreError({ ...this.failure, side }, { cause: this.cause ?? this })
  }
}

/**
 * Whether an object lies in an archive that listings do not tell of: a tier of Intelligent-Tiering, or since it was listed (S3 API reference,
 * "Error responses").
 */
export function isArchived({ code }: Failure): boolean {
  return code === 'InvalidObjectState' || code === 'ObjectNotInActiveTierError'
}

/** A listing whose keys do not ascend in UTF-8 byte order (design.md, decision 5): the pair must be compared another way. */
export class OrderViolation extends Error {
  override readonly name = 'OrderViolation'
  constructor(
    readonly side: 'source' | 'target',
    readonly before: string,
    readonly after: string,
  ) {
    super(`the ${side} lists "${after}" after "${before}"`)
  }
}
