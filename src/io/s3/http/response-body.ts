import type { Dispatcher } from 'undici'
import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Body } from '../../../pipeline/ports/objects.js'
import { ownFailure } from '../answers/failure-kinds.js'

/** How many bytes may wait for the reader before reading from the socket pauses. */
const AHEAD = 128 * 1024

/**
 * The same for a connection that closes after the answer: undici 7 ends the process when that happens while the answer is paused
 * (nodejs/undici#5360; fixed in 8, which needs Node 22). So the answer is paused as rarely as memory allows.
 */
const AHEAD_IF_CLOSING = 4 * 2 ** 20

/** The error of a body that does not have its `expected` bytes. */
export function truncated(operation: string, expected: number, got: string): StoreError {
  return new StoreError(ownFailure(operation, 'TruncatedBody', `${expected} bytes were announced, ${got} came`))
}

/** The failure of a body that had begun: a connection that closes in the middle is a truncated body. */
export function cutShort(error: StoreError, operation: string, expected: number, got: number): StoreError {
  return error.failure.code === 'ConnectionReset' ? truncated(operation, expected, String(got)) : error
}

interface Reader {
  readonly resolve: (result: IteratorResult<Uint8Array, undefined>) => void
  readonly reject: (error: StoreError) => void
}

/**
 * The bytes of an answer as they arrive: exactly `length` of them, else it fails with `TruncatedBody`. A slow reader slows the server down.
 * It can be read once, by one reader.
 */
export class IncomingBody implements Body, AsyncIterator<Uint8Array, undefined> {
  private readonly waiting: Uint8Array[] = []
  private ahead = 0
  private came = 0
  private readonly enough: number
  private reader: Reader | undefined
  private failure: StoreError | undefined
  private ended = false

  constructor(
    private readonly controller: Dispatcher.DispatchController,
    private readonly operation: string,
    private readonly length: number,
    isClosing: boolean,
  ) {
    this.enough = isClosing ? AHEAD_IF_CLOSING : AHEAD
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const value = this.waiting.shift()
    if (value !== undefined) {
      this.ahead -= value.length
      if (this.ahead === 0) this.controller.resume()
      return Promise.resolve({ done: false, value })
    }
    if (this.failure !== undefined) return Promise.reject(this.failure)
    if (this.ended) return Promise.resolve(DONE)
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject }
    })
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.destroy()
    return Promise.resolve(DONE)
  }

  /** Releases the socket. */
  destroy(): void {
    if (this.ended || this.failure !== undefined) return
    const error = new StoreError(ownFailure(this.operation, 'Aborted', 'nobody reads it any more', 'permanent'))
    this.fail(error)
    this.controller.abort(error)
  }

  push(value: Uint8Array): void {
    this.came += value.length
    if (this.reader !== undefined) {
      this.take()?.resolve({ done: false, value })
      return
    }
    this.waiting.push(value)
    this.ahead += value.length
    // After the last byte there is nothing to pause.
    if (this.ahead >= this.enough && this.came < this.length) this.controller.pause()
  }

  end(): void {
    if (this.came !== this.length) this.fail(truncated(this.operation, this.length, String(this.came)))
    this.ended = true
    this.take()?.resolve(DONE)
  }

  fail(error: StoreError): void {
    this.failure ??= cutShort(error, this.operation, this.length, this.came)
    this.take()?.reject(this.failure)
  }

  private take(): Reader | undefined {
    const { reader } = this
    this.reader = undefined
    return reader
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }
