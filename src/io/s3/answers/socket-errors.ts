import * as v from 'valibot'
import { type Failure, StoreError } from '../../../pipeline/ports/failure.js'
import { ownFailure, PLAIN_TO_TLS, socketCode } from './failure-kinds.js'
import { ProxyError, wordsForProxy } from './proxy-errors.js'

/** The fields that an error of Node, undici or the SDK may have, all optional; all others are ignored. */
const Thrown = v.object({
  message: v.fallback(v.string(), ''),
  code: v.fallback(v.optional(v.string()), undefined),
  name: v.fallback(v.optional(v.string()), undefined),
  cause: v.optional(v.unknown()),
  errors: v.fallback(v.optional(v.array(v.unknown())), undefined),
})
type Thrown = v.InferOutput<typeof Thrown>

/** Converts any error of an unanswered request or an unreadable answer to a `StoreError`. */
export function toStoreError(operation: string, thrown: unknown): StoreError {
  if (thrown instanceof StoreError) return thrown
  if (thrown instanceof ProxyError) {
    const { code, message, kind } = toStoreError(operation, thrown.cause).failure
    const words = `${thrown.proxy} ${wordsForProxy(code, message)}`
    return new StoreError(ownFailure(operation, 'ProxyNotReached', words, kind), { cause: thrown })
  }
  const parsed = v.safeParse(Thrown, thrown)
  const error: Thrown = parsed.success
    ? parsed.output
    : { message: String(thrown), code: undefined, name: undefined, errors: undefined }
  return new StoreError(failureOf(operation, error), { cause: thrown })
}

function failureOf(operation: string, error: Thrown): Failure {
  const { message } = error
  if (PLAIN_TO_TLS.test(message)) return ownFailure(operation, 'TlsExpected', message)
  const byProxy = /Proxy response \((\d+)\)/.exec(message)?.[1]
  if (byProxy === '407') return ownFailure(operation, 'Http407', message)
  if (byProxy !== undefined) return ownFailure(operation, 'ProxyRefused', `the proxy answered ${byProxy}`)
  const code = unanswered(error)
  return ownFailure(operation, code, message, code === 'ClientError' ? 'permanent' : undefined)
}

const UNCODED: Readonly<Record<string, string>> = { HTTPParserError: 'MalformedAnswer' }

/** Why no answer came. If several addresses were tried, the reason of the first one. */
function unanswered({ code, name, errors, cause }: Thrown): string {
  // Undici gives no code if the connection was closed behind what is not HTTP.
  const own = code === undefined ? UNCODED[name ?? ''] : socketCode(code)
  if (own !== undefined) return own
  const inner = v.safeParse(Thrown, errors?.[0] ?? cause)
  return inner.success ? unanswered(inner.output) : 'ClientError'
}
