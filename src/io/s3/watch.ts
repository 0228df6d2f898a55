import { StoreError } from '../../pipeline/errors.js'
import { toStoreError } from './errors.js'
import { ownFailure } from './failures.js'

/** How long a request may stand still, ms. */
export interface Timeouts {
  /** until the connection stands */
  readonly connectMs: number
  /** between the last byte sent and the first byte of the answer */
  readonly firstByteMs: number
  /** between two pieces of a body, in either direction */
  readonly stallMs: number
}

export const TIMEOUTS: Timeouts = { connectMs: 10_000, firstByteMs: 60_000, stallMs: 60_000 }

/** A request that may be called off: by its owner, by a body that failed, or because nothing moved for too long. */
export class Watch {
  private readonly controller = new AbortController()
  private readonly onAbort = (): void => {
    this.fail(new StoreError(ownFailure(this.operation, 'Aborted', 'called off', 'permanent')))
  }
  private timer: NodeJS.Timeout | undefined
  private failure: StoreError | undefined

  constructor(
    readonly operation: string,
    private readonly outer: AbortSignal,
  ) {
    if (outer.aborted) this.onAbort()
    else outer.addEventListener('abort', this.onAbort, { once: true })
  }

  /** For the request. */
  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** Ends the request; the first reason counts. */
  fail(error: StoreError): void {
    this.failure ??= error
    this.rest()
    this.controller.abort(this.failure)
  }

  /** What `work` comes to, or the reason why the request was called off: a body may never end by itself. */
  async orCalledOff<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.controller
    let listener: () => void = () => undefined
    const calledOff = new Promise<never>((_, reject) => {
      listener = () => reject(this.reason(signal.reason))
    })
    if (signal.aborted) listener()
    signal.addEventListener('abort', listener)
    try {
      return await Promise.race([work, calledOff])
    } finally {
      signal.removeEventListener('abort', listener)
    }
  }

  /** Something is expected within `ms`, else the request fails with `code`. Replaces an earlier expectation. */
  expect(ms: number, code: 'FirstByteTimeout' | 'Stalled'): void {
    this.rest()
    this.timer = setTimeout(() => {
      this.fail(new StoreError(ownFailure(this.operation, code, `nothing moved for ${ms / 1000} s`)))
    }, ms)
  }

  /** Nothing is expected of the other side for now. */
  rest(): void {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  /** Lets go of everything. */
  end(): void {
    this.rest()
    this.outer.removeEventListener('abort', this.onAbort)
  }

  /** Why it failed: a mid-body abort comes out of the SDK as a reset connection, so the watch's own reason goes first. */
  reason(thrown: unknown): StoreError {
    return this.failure ?? toStoreError(this.operation, thrown)
  }
}
