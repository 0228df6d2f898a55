import { type Answer, headerOf } from '../io/s3/answers/answer.js'
import { readXml, textIn } from '../io/s3/xml/read-xml.js'
import { aborted } from '../io/s3/answers/failure-kinds.js'
import { Requests, type RequestsOptions, type S3Request } from '../io/s3/http/s3-client.js'
import { StoreError } from '../pipeline/ports/failure.js'
import { isRefusal } from './verdict.js'

/** An upload that was begun and neither completed nor aborted. */
export interface OpenUpload {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
}

/** What an answer told beside what it was asked. */
export interface Greeting {
  /** The server's clock less ours, ms, as far as its `Date` tells: whole seconds, and the way there and back. */
  readonly skewMs: number | undefined
  /** From the request to the whole of a short answer, ms. */
  readonly tookMs: number
  /** The `Server` header. */
  readonly server: string | undefined
}

/** What was asked of the endpoint, and what was made there: nothing that was written can be forgotten when it is cleaned up. */
export class Ledger {
  /** Keys that were written, or may have been: those of writes that were not refused. */
  readonly keys = new Set<string>()
  /** Keys of writes that were refused. */
  readonly refused = new Set<string>()
  readonly uploads = new Map<string, OpenUpload>()
  /** Whether a bucket was made, or may have been. */
  bucketMade = false
  /** Requests that went out, by operation. */
  readonly asked = new Map<string, number>()
  /** Of the latest answer of whatever status. */
  greeting: Greeting | undefined
  /** Requests that wait for their answers. */
  pending = 0
  /** How many requests in a row had no answer, or one that the server is not well. */
  unanswered = 0
  /** Once `since` is aborted, what carries `signal` is not sent any more. Requests in flight may finish, so that their outcome is known. */
  heldBack: { readonly signal: AbortSignal; readonly since: AbortSignal } | undefined

  timesAsked(operation: string): number {
    return this.asked.get(operation) ?? 0
  }
}

const WRITES = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload'])

/** Requests that are entered into a ledger as they pass. */
export class LedgerRequests extends Requests {
  constructor(
    options: RequestsOptions,
    private readonly ledger: Ledger,
  ) {
    super({
      ...options,
      transport: {
        async send(request) {
          const asked = options.now()
          const answer = await options.transport.send(request)
          ledger.greeting = greetingOf(answer, asked, options.now())
          return answer
        },
      },
    })
  }

  override async send(request: S3Request): Promise<Answer> {
    const { ledger } = this
    const { operation, signal } = request
    if (ledger.heldBack?.signal === signal && ledger.heldBack.since.aborted) throw aborted(operation)
    ledger.asked.set(operation, ledger.timesAsked(operation) + 1)
    ledger.pending++
    try {
      const answer = await super.send(request)
      ledger.unanswered = 0
      this.enter(request, answer)
      return answer
    } catch (error) {
      const refused = error instanceof StoreError && isRefusal(error.failure)
      if (refused) {
        ledger.unanswered = 0
        if (request.key !== undefined && WRITES.has(operation)) ledger.refused.add(request.key)
      } else {
        ledger.unanswered++
        this.enter(request, undefined)
      }
      throw error
    } finally {
      ledger.pending--
    }
  }

  /** What was done, or may have been where there is no answer. */
  private enter({ operation, bucket = '', key, query = '' }: S3Request, answer: Answer | undefined): void {
    const { uploads, keys } = this.ledger
    if (operation === 'CreateBucket') this.ledger.bucketMade = true
    if (key === undefined) return
    if (WRITES.has(operation)) keys.add(key)
    if (answer === undefined) return
    if (operation === 'CreateMultipartUpload' && answer.content instanceof Uint8Array) {
      const uploadId = textIn(readXml(answer.content), 'UploadId')
      if (uploadId !== undefined) uploads.set(uploadId, { bucket, key, uploadId })
    }
    if (operation === 'CompleteMultipartUpload' || operation === 'AbortMultipartUpload')
      uploads.delete(new URLSearchParams(query).get('uploadId') ?? '')
  }
}

function greetingOf({ headers }: Answer, asked: number, answered: number): Greeting {
  const date = Date.parse(headerOf(headers, 'date') ?? '')
  return {
    // The header's second has begun half a second ago, on average.
    skewMs: Number.isNaN(date) ? undefined : date + 500 - (asked + answered) / 2,
    tookMs: answered - asked,
    server: headerOf(headers, 'server'),
  }
}
