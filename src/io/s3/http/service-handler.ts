import { Readable } from 'node:stream'
import * as v from 'valibot'
import { StoreError } from '../../../pipeline/ports/failure.js'
import { type AnswerHeaders, headerOf } from '../answers/answer.js'
import { asUtf8Bytes } from './header-encoding.js'
import { queryOf } from './sigv4.js'
import type { Transport } from './transport.js'

/** Access to AWS's services that issue keys (STS, SSO). */
export interface Services {
  readonly region: string
  readonly transport: Pick<Transport, 'send'>
}

/** The fields of an SDK request that are needed; the SDK passes it untyped. */
export const SdkRequest = v.object({
  method: v.picklist(['GET', 'HEAD', 'PUT', 'POST', 'DELETE']),
  path: v.string(),
  query: v.optional(v.record(v.string(), v.union([v.string(), v.null(), v.array(v.string())])), {}),
  headers: v.record(v.string(), v.string()),
  body: v.optional(v.union([v.string(), v.instance(Uint8Array)])),
})

const Addressed = v.object({
  ...SdkRequest.entries,
  protocol: v.picklist(['http:', 'https:']),
  hostname: v.string(),
  port: v.optional(v.number()),
})

const Options = v.optional(v.object({ abortSignal: v.optional(v.instance(AbortSignal)) }))

/** Longest answer of a service that issues keys, bytes; it has a few KB. */
const WHOLE = 2 ** 20
const NEVER = new AbortController().signal

/** A transient error: the SDK retries it. */
export class Passing extends Error {
  readonly $retryable = {}
}

/** Sends the SDK's own requests (to STS, SSO) like all others: with the same proxy, trusted certificates and timeouts. */
export function handlerOver(transport: Pick<Transport, 'send'>) {
  return {
    async handle(written: unknown, options: unknown) {
      const { method, protocol, hostname, port, path, query, headers, body } = v.parse(Addressed, written)
      const asked = sdkQuery(query)
      try {
        const answer = await transport.send({
          ...{ operation: 'Login', method, gather: WHOLE, waitMs: undefined },
          origin: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`,
          path: asked === '' ? path : `${path}?${asked}`,
          headers: Object.entries(headers).flatMap(([name, value]) => [name.toLowerCase(), asUtf8Bytes(value)]),
          body: typeof body === 'string' ? Buffer.from(body) : body,
          signal: v.parse(Options, options)?.abortSignal ?? NEVER,
        })
        const content = answer.content instanceof Uint8Array ? Readable.from([answer.content]) : Readable.from(answer.content)
        return { response: { statusCode: answer.status, headers: flat(answer.headers), body: content } }
      } catch (error) {
        if (!(error instanceof StoreError) || error.failure.kind !== 'transient') throw error
        throw new Passing(error.failure.message, { cause: error })
      }
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  }
}

/** The SDK's query in the form that is signed. */
export function sdkQuery(query: v.InferOutput<typeof SdkRequest>['query']): string {
  return queryOf(Object.fromEntries(Object.entries(query).map(([name, value]) => [name, value === null ? '' : String(value)])))
}

/** Headers in the SDK's format. */
export function flat(headers: AnswerHeaders): Record<string, string> {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, headerOf(headers, name) ?? '']))
}
