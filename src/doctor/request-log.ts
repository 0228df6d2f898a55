import { type Answer, headerOf } from '../io/s3/answers/answer.js'
import { readXml, textIn } from '../io/s3/xml/read-xml.js'
import { aborted } from '../io/s3/answers/failure-kinds.js'
import { Requests, type RequestsOptions, type S3Request } from '../io/s3/http/s3-client.js'
import { StoreError } from '../pipeline/ports/failure.js'
import { isRefusedByServer } from './verdict.js'

/** An upload that was started and neither completed nor aborted. */
export interface UnfinishedUpload {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
}

/** What the doctor reads from every answer, whatever the request. */
export interface AnswerInfo {
  /** The server's clock minus ours, ms, from its `Date` header: precise to a second plus half the round trip. */
  readonly clockSkewMs: number | undefined
  /** From sending the request to the end of a short answer, ms. */
  readonly durationMs: number
  /** The `Server` header. */
  readonly server: string | undefined
}

/** The requests sent to the endpoint and what they created there, so that the clean-up removes all of it. */
export class RequestLog {
  /** Keys that were or may have been written: of every write that was not refused. */
  readonly writtenKeys = new Set<string>()
  /** Keys of writes that were refused. */
  readonly refusedKeys = new Set<string>()
  readonly openUploads = new Map<string, UnfinishedUpload>()
  /** Whether a bucket was or may have been created. */
  bucketCreated = false
  /** Requests sent, by operation. */
  readonly requestCounts = new Map<string, number>()
  /** Of the latest answer, whatever its status. */
  latestAnswer: AnswerInfo | undefined
  /** Requests that have no answer yet. */
  inFlight = 0
  /** How many requests in a row got no answer, or one that a retry may change (5xx). */
  failedInARow = 0
  /** After `since` is aborted, requests with `signal` are not sent. Requests in flight may finish, so that their outcome is known. */
  stopSending: { readonly signal: AbortSignal; readonly since: AbortSignal } | undefined

  requestCount(operation: string): number {
    return this.requestCounts.get(operation) ?? 0
  }
}

const WRITES = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload'])

/** A client that records every request in a {@link RequestLog}. */
export class LoggedRequests extends Requests {
  constructor(
    options: RequestsOptions,
    private readonly log: RequestLog,
  ) {
    super({
      ...options,
      transport: {
        async send(request) {
          const asked = options.now()
          const answer = await options.transport.send(request)
          log.latestAnswer = answerInfoOf(answer, asked, options.now())
          return answer
        },
      },
    })
  }

  override async send(request: S3Request): Promise<Answer> {
    const { log } = this
    const { operation, signal } = request
    if (log.stopSending?.signal === signal && log.stopSending.since.aborted) throw aborted(operation)
    log.requestCounts.set(operation, log.requestCount(operation) + 1)
    log.inFlight++
    try {
      const answer = await super.send(request)
      log.failedInARow = 0
      this.record(request, answer)
      return answer
    } catch (error) {
      const refused = error instanceof StoreError && isRefusedByServer(error.failure)
      if (refused) {
        log.failedInARow = 0
        if (request.key !== undefined && WRITES.has(operation)) log.refusedKeys.add(request.key)
      } else {
        log.failedInARow++
        this.record(request, undefined)
      }
      throw error
    } finally {
      log.inFlight--
    }
  }

  /** Records what a request created; without an answer, what it may have created. */
  private record({ operation, bucket = '', key, query = '' }: S3Request, answer: Answer | undefined): void {
    const { openUploads, writtenKeys } = this.log
    if (operation === 'CreateBucket') this.log.bucketCreated = true
    if (key === undefined) return
    if (WRITES.has(operation)) writtenKeys.add(key)
    if (answer === undefined) return
    if (operation === 'CreateMultipartUpload' && answer.content instanceof Uint8Array) {
      const uploadId = textIn(readXml(answer.content), 'UploadId')
      if (uploadId !== undefined) openUploads.set(uploadId, { bucket, key, uploadId })
    }
    if (operation === 'CompleteMultipartUpload' || operation === 'AbortMultipartUpload')
      openUploads.delete(new URLSearchParams(query).get('uploadId') ?? '')
  }
}

function answerInfoOf({ headers }: Answer, asked: number, answered: number): AnswerInfo {
  const date = Date.parse(headerOf(headers, 'date') ?? '')
  return {
    // On average, the second in the header began half a second ago.
    clockSkewMs: Number.isNaN(date) ? undefined : date + 500 - (asked + answered) / 2,
    durationMs: answered - asked,
    server: headerOf(headers, 'server'),
  }
}
