import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import type { HttpHandlerOptions } from '@smithy/types'
import { Readable } from 'node:stream'
import * as v from 'valibot'
import { toStoreError } from '../answers/socket-errors.js'
import type { Requests } from './s3-client.js'
import { asUtf8Bytes } from './header-encoding.js'
import { flat, SdkRequest, sdkQuery } from './service-handler.js'

/** What a call needs besides what the SDK writes. */
export interface About {
  readonly operation: string
  readonly signal: AbortSignal
  /** Timeout for an answer that takes longer than others, ms. */
  readonly waitMs?: number
}

/** Makes one call through the SDK. Fails with a `StoreError`. */
export type Ask = <T>(send: (client: S3Client, options: AskOptions) => Promise<T>, about: About) => Promise<T>

/** Options for the SDK's `send`, which passes them to the handler below. */
export interface AskOptions extends HttpHandlerOptions {
  readonly about: About
}

const SdkOptions = v.object({
  about: v.object({ operation: v.string(), signal: v.instance(AbortSignal), waitMs: v.optional(v.number()) }),
})

/** Headers for the SDK's own transport, which is not used. */
const ITS_OWN = /^(host|content-length|user-agent|x-amz-user-agent|amz-sdk-.*|expect)$/
/** Longest answer to a rare call, bytes; it is gathered in memory. */
const WHOLE = 16 * 2 ** 20

const CONFIG = {
  endpoint: 'http://addressed.later.invalid',
  forcePathStyle: true,
  signer: { sign: (request) => Promise.resolve(request) },
  credentials: { accessKeyId: '', secretAccessKey: '' },
  // The pipeline retries.
  maxAttempts: 1,
  // Many servers refuse trailing checksums (aws-sdk-js-v3#6810).
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  // Without a logger, the SDK warns on stderr about every failed stream.
  logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
} satisfies S3ClientConfig

function ignore(): void {
  return undefined
}

/**
 * The SDK only writes requests and parses answers. {@link Requests} addresses, signs and sends them like all others, so that regions,
 * clocks and address styles are learned once and all requests have one signer.
 */
export function openSdk(requests: Requests): Ask {
  // The SDK's notice about future Node versions does not concern users of this tool; stderr is for problems.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  const client = new S3Client({ ...CONFIG, region: requests.homeRegion, requestHandler: handlerOf(requests) })
  return async (send, about) => {
    try {
      return await send(client, { about })
    } catch (thrown) {
      throw toStoreError(about.operation, thrown)
    }
  }
}

function handlerOf(requests: Requests) {
  return {
    async handle(written: unknown, options: unknown) {
      const { method, path, query, headers, body } = v.parse(SdkRequest, written)
      const { operation, signal, waitMs } = v.parse(SdkOptions, options).about
      const [, bucket = '', key] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? []
      const answer = await requests.send({
        ...{ operation, method, signal, gather: WHOLE },
        ...(bucket === '' ? {} : { bucket: decodeURIComponent(bucket) }),
        ...(key === undefined || key === '' ? {} : { key: decodeURIComponent(key) }),
        query: sdkQuery(query),
        headers: Object.entries(headers).flatMap(([name, value]) => (ITS_OWN.test(name) ? [] : [name, asUtf8Bytes(value)])),
        ...(body === undefined ? {} : { body: typeof body === 'string' ? Buffer.from(body) : body, hashed: true }),
        ...(waitMs === undefined ? {} : { waitMs }),
      })
      const content = answer.content instanceof Uint8Array ? Readable.from([answer.content]) : Readable.from(answer.content)
      return { response: { statusCode: answer.status, headers: flat(answer.headers), body: content } }
    },
    updateHttpClientConfig: ignore,
    httpHandlerConfigs: () => ({}),
  }
}
