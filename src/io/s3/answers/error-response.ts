import { StoreError } from '../../../pipeline/ports/failure.js'
import { withReason } from '../../failure-reasons.js'
import { SAME_CODE } from '../quirks.js'
import { elementsIn, readXml, textIn, type XmlElement } from '../xml/read-xml.js'
import { type Answer, headerOf } from './answer.js'
import { firstLine, kindOf, ownFailure, PLAIN_TO_TLS } from './failure-kinds.js'
import { retryAfterMs } from './retry-after.js'

/** Answers to HEAD have no body: the error codes for their status, when nothing else is known. */
export const BY_STATUS: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  307: 'TemporaryRedirect',
  400: 'BadRequest',
  403: 'AccessDenied',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  412: 'PreconditionFailed',
  413: 'EntityTooLarge',
  429: 'TooManyRequests',
  500: 'InternalError',
  501: 'NotImplemented',
  503: 'ServiceUnavailable',
}

/** A refusal. The answer may name the region of the bucket. */
class Refusal extends StoreError {
  constructor(
    failure: StoreError['failure'],
    readonly region: string | undefined,
  ) {
    super(failure)
  }
}

/** Converts an answer without a success status to an error. */
export function refusalOf(operation: string, { status, headers, content }: Answer): StoreError {
  const text = content instanceof Uint8Array ? Buffer.from(content).toString() : ''
  if (PLAIN_TO_TLS.test(text)) return new StoreError(ownFailure(operation, 'TlsExpected', firstLine(text)))
  const error = errorIn(readXml(text))
  const code = error?.code ?? (text === '' ? BY_STATUS[status] : undefined) ?? `Http${status}`
  const message =
    error?.message ?? (text === '' ? `the server answered ${status}` : 'the answer is not of the kind that S3 gives')
  const named = SAME_CODE[code] ?? notFound(operation, code)
  const waitMs = retryAfterMs(headers)
  // A HEAD has no body that could say SlowDown. With a body, only one that asks to wait means the rate and not trouble of the server.
  const isOverload = status === 503 && (operation.startsWith('Head') || waitMs !== undefined)
  const kind = isOverload ? 'throttled' : kindOf(named, status)
  const failure = withReason({
    ...{ kind, operation, code: named, status, message: firstLine(message) },
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  })
  return new Refusal(failure, headerOf(headers, 'x-amz-bucket-region') ?? error?.region)
}

/**
 * The error in a body, in S3's format; undefined for any other body. An answer with status 200 may contain one too (CopyObject, S3 API
 * reference).
 */
export function errorIn(
  answer: XmlElement | undefined,
): { readonly code: string; readonly message: string; readonly region: string | undefined } | undefined {
  const [error] = elementsIn(answer, 'Error')
  const code = textIn(error, 'Code')
  if (code === undefined) return undefined
  return { code, message: textIn(error, 'Message') ?? code, region: textIn(error, 'Region') }
}

/**
 * The body of an answer whose work may fail after its status 200 was sent: then the body contains the error (S3 API reference, CopyObject,
 * CompleteMultipartUpload). An empty body, or one that is not XML, is a failure that a retry may fix.
 * @throws {StoreError}
 */
export function lateAnswer(operation: string, { status, content }: Answer): XmlElement {
  const xml = content instanceof Uint8Array ? readXml(content) : undefined
  const error = errorIn(xml)
  if (xml !== undefined && error === undefined) return xml
  if (error === undefined)
    throw new StoreError(ownFailure(operation, 'MalformedAnswer', 'the server answered without a result', 'transient'))
  const { message } = error
  const code = SAME_CODE[error.code] ?? error.code
  throw new StoreError(withReason({ kind: kindOf(code, status), operation, code, status, message: firstLine(message) }))
}

/** The region that a refused request should be sent to, if the answer names one. */
export function regionIn(error: StoreError): string | undefined {
  return error instanceof Refusal ? error.region : undefined
}

/** For a HEAD's bare 404, the code depends on the operation. */
export function notFound(operation: string, code: string): string {
  if (code !== 'NotFound') return code
  return operation === 'HeadObject' || operation === 'GetObject' ? 'NoSuchKey' : 'NoSuchBucket'
}
