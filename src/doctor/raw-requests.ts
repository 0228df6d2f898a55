import type { Answer } from '../io/s3/answers/answer.js'
import { ownFailure } from '../io/s3/answers/failure-kinds.js'
import { type Headers, queryOf } from '../io/s3/http/sigv4.js'
import { type ScannedPage, scanPage } from '../io/s3/xml/list-objects-xml.js'
import { MalformedXml } from '../io/s3/xml/scanner.js'
import { StoreError } from '../pipeline/ports/failure.js'
import type { Content } from '../pipeline/ports/objects.js'
import type { CheckContext } from './check-context.js'

/** Single requests, without the fallbacks that a store adds to make them succeed. */

/** Answers up to this size are read into memory, bytes. */
const GATHER = 16 * 2 ** 20

/** `key` is below the root. */
export async function rawPut(
  context: CheckContext,
  key: string,
  body: Uint8Array | string,
  headers: Headers = [],
): Promise<Answer> {
  const bytes = Buffer.from(body)
  return context.requests.send({
    operation: 'PutObject',
    method: 'PUT',
    bucket: context.bucket,
    key: context.root + key,
    headers: ['content-length', String(bytes.length), 'content-type', 'application/octet-stream', ...headers],
    body: bytes,
    signal: context.signal,
    gather: GATHER,
  })
}

/** `key` is below the root. */
export async function rawHead(context: CheckContext, key: string, headers: Headers = []): Promise<Answer> {
  const asked = { operation: 'HeadObject', method: 'HEAD', bucket: context.bucket, key: context.root + key, headers } as const
  return context.requests.send({ ...asked, signal: context.signal, gather: 0 })
}

/** The text of an object. `key` includes the root. */
export async function rawRead(context: CheckContext, key: string): Promise<string> {
  const asked = { operation: 'GetObject', method: 'GET', bucket: context.bucket, key } as const
  const { content } = await context.requests.send({ ...asked, signal: context.signal, gather: GATHER })
  return textOf(content)
}

/** A page of a listing with exactly these parameters; keys are not decoded. */
export async function rawList(
  context: CheckContext,
  parameters: Readonly<Record<string, string | number>>,
): Promise<ScannedPage> {
  const operation = parameters['list-type'] === 2 ? 'ListObjectsV2' : 'ListObjects'
  const asked = { operation, method: 'GET', bucket: context.bucket, query: queryOf(parameters) } as const
  const { content } = await context.requests.send({ ...asked, signal: context.signal, gather: GATHER })
  try {
    return scanPage(await textOf(content))
  } catch (error) {
    if (!(error instanceof MalformedXml)) throw error
    throw new StoreError(ownFailure(operation, 'MalformedListing', error.message), { cause: error })
  }
}

async function textOf(content: Content): Promise<string> {
  if (content instanceof Uint8Array) return Buffer.from(content).toString()
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
