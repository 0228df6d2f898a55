import type { Answer } from '../io/s3/answers/answer.js'
import { ownFailure } from '../io/s3/answers/failure-kinds.js'
import { type Headers, queryOf } from '../io/s3/http/sigv4.js'
import { type ScannedPage, scanPage } from '../io/s3/xml/list-objects-xml.js'
import { MalformedXml } from '../io/s3/xml/scanner.js'
import { StoreError } from '../pipeline/ports/failure.js'
import type { Content } from '../pipeline/ports/objects.js'
import type { Patient } from './subject.js'

/** Requests as they are, without what a store does to make them succeed anyway. */

/** Answers in an examination are short, but for the throughput's. bytes */
const WHOLE = 16 * 2 ** 20

/** `key` is below the root. */
export async function put(p: Patient, key: string, body: Uint8Array | string, headers: Headers = []): Promise<Answer> {
  const bytes = Buffer.from(body)
  return p.requests.send({
    operation: 'PutObject',
    method: 'PUT',
    bucket: p.bucket,
    key: p.root + key,
    headers: ['content-length', String(bytes.length), 'content-type', 'application/octet-stream', ...headers],
    body: bytes,
    signal: p.signal,
    gather: WHOLE,
  })
}

/** `key` is below the root. */
export async function head(p: Patient, key: string, headers: Headers = []): Promise<Answer> {
  const asked = { operation: 'HeadObject', method: 'HEAD', bucket: p.bucket, key: p.root + key, headers } as const
  return p.requests.send({ ...asked, signal: p.signal, gather: 0 })
}

/** The text of an object; `key` is the whole one. */
export async function read(p: Patient, key: string): Promise<string> {
  const asked = { operation: 'GetObject', method: 'GET', bucket: p.bucket, key } as const
  const { content } = await p.requests.send({ ...asked, signal: p.signal, gather: WHOLE })
  return textOf(content)
}

/** A page of a listing with exactly these parameters; keys as they came. */
export async function list(p: Patient, parameters: Readonly<Record<string, string | number>>): Promise<ScannedPage> {
  const operation = parameters['list-type'] === 2 ? 'ListObjectsV2' : 'ListObjects'
  const asked = { operation, method: 'GET', bucket: p.bucket, query: queryOf(parameters) } as const
  const { content } = await p.requests.send({ ...asked, signal: p.signal, gather: WHOLE })
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
