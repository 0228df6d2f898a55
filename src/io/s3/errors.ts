import * as v from 'valibot'
import { type Failure, StoreError } from '../../pipeline/errors.js'
import { firstLine, kindOf, ownFailure, socketCode } from './failures.js'

/** What the SDK's errors may hold, all of it optional; nothing else of them is believed. */
const SdkError = v.object({
  name: v.fallback(v.string(), ''),
  message: v.fallback(v.string(), ''),
  code: v.fallback(v.optional(v.string()), undefined),
  Code: v.fallback(v.optional(v.string()), undefined),
  Region: v.fallback(v.optional(v.string()), undefined),
  cause: v.optional(v.unknown()),
  errors: v.fallback(v.optional(v.array(v.unknown())), undefined),
  $metadata: v.fallback(v.optional(v.object({ httpStatusCode: v.optional(v.number()) })), undefined),
  $response: v.fallback(
    v.optional(
      v.object({
        statusCode: v.optional(v.number()),
        headers: v.optional(v.record(v.string(), v.string())),
        /** What could not be read as XML. */
        body: v.fallback(v.optional(v.string()), undefined),
      }),
    ),
    undefined,
  ),
})
type SdkError = v.InferOutput<typeof SdkError>

/** Answers to HEAD have no body: what their status means, when nothing else is known. */
const BY_STATUS: Readonly<Record<number, string>> = {
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

/** Names the SDK gives when it understood nothing but the status. */
const NAMELESS = new Set([
  '',
  'Error',
  'Unknown',
  'UnknownError',
  'S3ServiceException',
  'SyntaxError',
  'TypeError',
  'NotFound',
  'Forbidden',
  'BadRequest',
])
/** What Go's and nginx's TLS servers say to a plain request, which they answer in the clear with a 400. */
const PLAIN_TO_TLS = /HTTP request (was sent )?to (an )?HTTPS (server|port)/i

/** What the SDK says of an answer that is HTML, or nothing it knows. */
const UNREADABLE = /XML parse error|Deserialization error|^UnknownError$/

/** Whatever came out of the SDK, as the one error of a store. */
export function toStoreError(operation: string, thrown: unknown): StoreError {
  if (thrown instanceof StoreError) return thrown
  return new StoreError(failureOf(operation, parse(thrown)), { cause: thrown })
}

/** The region a refused request should have been sent to, where the answer tells (in a header, or in the body of `AuthorizationHeaderMalformed`). */
export function regionIn(thrown: unknown): string | undefined {
  const { $response, Region } = parse(thrown)
  return $response?.headers?.['x-amz-bucket-region'] ?? Region
}

function parse(thrown: unknown): SdkError {
  const parsed = v.safeParse(SdkError, thrown)
  return parsed.success
    ? parsed.output
    : {
        name: '',
        message: String(thrown),
        code: undefined,
        Code: undefined,
        errors: undefined,
        $metadata: undefined,
        $response: undefined,
      }
}

function failureOf(operation: string, error: SdkError): Failure {
  const status = error.$metadata?.httpStatusCode ?? error.$response?.statusCode
  const message = UNREADABLE.test(error.message) ? `the answer is not of the kind that S3 gives` : error.message
  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError')
    return ownFailure(operation, 'CredentialsMissing', message)
  if (PLAIN_TO_TLS.test(error.$response?.body ?? message)) return ownFailure(operation, 'TlsExpected', message)
  if (status === undefined) {
    const code = unanswered(error)
    return ownFailure(operation, code, message, code === 'ClientError' ? 'permanent' : undefined)
  }
  const named = error.Code ?? error.name
  // Only a HEAD has nothing but its status to say; what can't be read elsewhere is no answer of S3.
  const bare = operation.startsWith('Head') || message === error.message ? BY_STATUS[status] : undefined
  const code = notFound(operation, NAMELESS.has(named) ? (bare ?? `Http${status}`) : named)
  return { kind: kindOf(code, status), operation, code, status, message: firstLine(message) }
}

/** A HEAD's bare 404 means what the operation asked for. */
function notFound(operation: string, code: string): string {
  if (code !== 'NotFound') return code
  return operation === 'HeadObject' || operation === 'GetObject' ? 'NoSuchKey' : 'NoSuchBucket'
}

/** Why there was no answer. With several addresses tried, the first one's reason. */
function unanswered(error: SdkError): string {
  const own = error.code === undefined ? undefined : socketCode(error.code)
  if (own !== undefined) return own
  if (error.name === 'TimeoutError') return 'ConnectTimeout'
  const inner = error.errors?.[0] ?? error.cause
  return inner === undefined || inner === error ? 'ClientError' : unanswered(parse(inner))
}
