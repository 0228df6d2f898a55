import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
import { StoreError } from '../../../pipeline/ports/failure.js'
import { type Answer, type AnswerHeaders, headerOf } from '../answers/answer.js'
import { aborted, ownFailure } from '../answers/failure-kinds.js'
import { toStoreError } from '../answers/socket-errors.js'
import type { IdleWatch, Unanswered } from './idle-watch.js'
import type { OutgoingBody } from './outgoing-body.js'
import { receiveSocket } from './request-socket.js'
import { cutShort, IncomingBody } from './response-body.js'

export interface ExchangeOptions {
  readonly operation: string
  readonly signal: AbortSignal
  /** Longest body that is gathered in memory, bytes. */
  readonly gather: number
  /** The answer has no body, whatever length it announces: HEAD. */
  readonly bodiless: boolean
  /** The length of a success that announces none, if it is known, bytes. */
  readonly expected?: number | undefined
  /** The request's body, unless it is in memory. */
  readonly body: OutgoingBody | undefined
  /** How long the answer may take without a byte moved, ms. */
  readonly quietMs: number
  readonly watch: IdleWatch
}

/** How much of a refusal, or of an answer of unknown length, is read, bytes: an S3 error has a few hundred. */
const UNTOLD_AT_MOST = 256 * 1024

/**
 * One request and its answer, as a handler for undici. Resolves when the answer's headers have arrived, or with the whole of a short
 * answer.
 */
export class Exchange implements Dispatcher.DispatchHandler, Unanswered {
  socket: Socket | undefined
  private controller: Dispatcher.DispatchController | undefined
  private status = 0
  private headers: AnswerHeaders = {}
  /** The announced length, bytes; NaN if unknown. */
  private length = Number.NaN
  private chunks: Uint8Array[] | undefined
  private gathered = 0
  private body: IncomingBody | undefined

  constructor(
    private readonly options: ExchangeOptions,
    private readonly resolve: (answer: Answer) => void,
    private readonly reject: (error: StoreError) => void,
  ) {
    options.signal.addEventListener('abort', this.cancel)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    // It was cancelled while it waited for a socket.
    if (this.options.signal.aborted) {
      controller.abort(aborted(this.options.operation))
      return
    }
    receiveSocket(this)
    this.options.watch.add(this)
  }

  get quietMs(): number {
    return this.options.quietMs
  }

  get isStarved(): boolean {
    return this.options.body?.isStarved === true
  }

  expire(): void {
    const message = `no byte was sent or received for ${this.quietMs / 1_000} s`
    this.stop(new StoreError(ownFailure(this.options.operation, 'FirstByteTimeout', message)))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    // An interim answer; the final one follows.
    if (status < 200) return
    this.options.watch.delete(this)
    this.status = status
    this.headers = headers
    const { operation, gather, bodiless, expected } = this.options
    const unannounced = status < 300 ? expected : undefined
    this.length = Number(headerOf(headers, 'content-length') ?? unannounced ?? Number.NaN)
    const streamed = status < 300 && this.length > gather && !bodiless
    if (!streamed) this.chunks = []
    else {
      this.body = new IncomingBody(controller, operation, this.length, headerOf(headers, 'connection')?.toLowerCase() === 'close')
      this.resolve({ status, headers, content: this.body })
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.chunks === undefined) {
      this.body?.push(chunk)
      return
    }
    this.gathered += chunk.length
    if (this.gathered > Math.max(this.options.gather, UNTOLD_AT_MOST)) {
      const error = new StoreError(ownFailure(this.options.operation, `Http${this.status}`, 'the answer does not end'))
      controller.abort(error)
    } else this.chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.end()
    this.body?.end()
    const { status, headers, chunks } = this
    const [first] = chunks ?? []
    if (chunks !== undefined) {
      this.resolve({ status, headers, content: chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks) })
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, thrown: Error): void {
    this.fail(toStoreError(this.options.operation, thrown))
  }

  private fail(error: StoreError): void {
    this.end()
    const { operation } = this.options
    if (this.body !== undefined) this.body.fail(error)
    else this.reject(this.length > 0 ? cutShort(error, operation, this.length, this.gathered) : error)
  }

  private end(): void {
    this.options.watch.delete(this)
    this.options.signal.removeEventListener('abort', this.cancel)
  }

  /** Cancels the exchange in any state. */
  readonly cancel = (): void => this.stop(aborted(this.options.operation))

  private stop(error: StoreError): void {
    this.fail(error)
    this.controller?.abort(error)
  }
}
