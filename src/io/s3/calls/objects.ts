import { hash } from 'node:crypto'
import { discard } from '../../../pipeline/ports/body.js'
import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Extras } from '../../../pipeline/ports/object-metadata.js'
import type { ObjectStore } from '../../../pipeline/ports/object-store.js'
import type { ByteRange, Cancellable, Content, ObjectHead, ObjectRef, Written } from '../../../pipeline/ports/objects.js'
import { type Answer, type AnswerHeaders, headerOf } from '../answers/answer.js'
import { ownFailure } from '../answers/failure-kinds.js'
import { exactBody } from '../http/request-body.js'
import type { Requests } from '../http/s3-client.js'
import { type Headers, queryOf } from '../http/sigv4.js'
import { attributesOf, headersOf } from './attributes.js'
import { STORED_ENCODING, UNTYPED } from '../quirks.js'
import { type Announcing, checksumHeader, checksumsOf, tellsComposite } from './checksums.js'
import { plainEtag, writtenEtag } from './etag.js'
import { asKeyChanged, type KeyCheck } from './key-normalization-check.js'
import { encryptionOf, extrasHeaders, propertiesOf } from './metadata-headers.js'
import type { OnNotice } from './notice.js'
import { OptionalHeader } from './optional-header.js'
import type { CustomerKeys } from './sse-c-key.js'
import { reading } from './sse-c-reading.js'

/** Reading and writing whole objects; see {@link ObjectStore}. */
export function objectCalls(
  requests: Requests,
  checkKey: KeyCheck,
  announcing: Announcing,
  { own }: CustomerKeys,
  onNotice: OnNotice,
): Pick<ObjectStore, 'head' | 'get' | 'put'> {
  const read = reading(requests, own)
  // Asks for the checksums that the server stores (S3 API reference, GetObject); most other servers ignore it.
  const checksumsToo = new OptionalHeader('x-amz-checksum-mode', 'ENABLED', 'stored checksums are not compared', onNotice)
  let acceptsGzip = false
  return {
    async head({ bucket, key, versionId, partNumber, signal }) {
      const query = partNumber === undefined && versionId === undefined ? '' : queryOf({ partNumber, versionId })
      const operation = 'HeadObject'
      const asked = { operation, method: 'HEAD', bucket, key, query, signal, gather: 0 } as const
      const { headers } = await checksumsToo.send((optional) => read({ ...asked, headers: optional }))
      return headOf(operation, headers, numberIn(headers, 'content-length'))
    },

    async get({ bucket, key, versionId, ifMatch, range, gather = 0, size: listed, signal }) {
      const operation = 'GetObject'
      const query = versionId === undefined ? '' : queryOf({ versionId })
      const wanted = range === undefined ? [] : ['range', bytesOf(range)]
      if (ifMatch !== undefined) wanted.push('if-match', `"${ifMatch}"`)
      const expected = range === undefined ? listed : range.end - range.start
      const ask = (more: Headers): Promise<Answer> => {
        const sent = [...wanted, ...more, ...(acceptsGzip ? ACCEPTS_GZIP : [])]
        return read({ operation, method: 'GET', bucket, key, query, headers: sent, signal, gather, expected })
      }
      const send = (): Promise<Answer> => (range === undefined ? checksumsToo.send(ask) : ask([]))
      let answer = await (ifMatch === undefined ? send() : send().catch(asChanged))
      if (!acceptsGzip && isDecompressed(answer.headers)) {
        discard(answer.content)
        acceptsGzip = true
        answer = await send()
      }
      const { headers, content } = answer
      try {
        const { length, size } = extentOf(headers, content, range, expected)
        const head = headOf(operation, headers, size)
        // Some servers ignore If-Match (s3s-fs 0.14.1, measured).
        if (ifMatch !== undefined && head.etag !== '' && head.etag !== ifMatch) {
          throw new StoreError(
            ownFailure(operation, 'PreconditionFailed', 'the object has another ETag than requested', 'changed'),
          )
        }
        return Object.assign(head, { length, body: content })
      } catch (error) {
        discard(content)
        throw error
      }
    },

    async put({ bucket, key, body, size, attributes, md5, checksum, extras, signal }) {
      const operation = 'PutObject'
      const headers = headersOf(attributes)
      if (extras !== undefined) headers.push(...extrasHeaders(extras))
      if (own !== undefined) headers.push(...own.headers)
      if (attributes.contentType === undefined) headers.push('content-type', UNTYPED)
      if (md5 !== undefined) headers.push(...contentMd5(md5))
      // S3 requires it with an object lock (S3 API reference, PutObject).
      else if (isLocked(extras) && body instanceof Uint8Array) headers.push('content-md5', hash('md5', body, 'base64'))
      const guarding = checkKey.before({ bucket, key, signal })
      const guard = guarding instanceof Promise ? await guarding : guarding
      headers.push(...guard)
      const writing = announcing.send(checksum, body instanceof Uint8Array, (announced) => {
        const told = announced === undefined ? headers : [...headers, checksumHeader(announced), announced.value]
        return sendBody(requests, { operation, bucket, key, headers: told, body, size, signal })
      })
      const written = await (guard.length === 0 ? writing : writing.catch(asKeyChanged))
      await checkKey.after({ bucket, key, signal })
      return announcing.told(written)
    },
  }
}

/** Whether a server answers for a key, even if it stores the object under another name. */
export async function isThere(requests: Requests, { bucket, key, signal }: ObjectRef & Cancellable): Promise<boolean> {
  try {
    await requests.send({ operation: 'HeadObject', method: 'HEAD', bucket, key, signal, gather: 0 })
    return true
  } catch (error) {
    if (error instanceof StoreError && error.failure.kind === 'permanent') return false
    throw error
  }
}

interface BodyRequest {
  readonly operation: 'PutObject' | 'UploadPart'
  readonly bucket: string
  readonly key: string
  readonly query?: string
  readonly headers: Headers
  readonly body: Content
  /** bytes */
  readonly size: number
  readonly signal: AbortSignal
}

/** Longest answer to a write, bytes: it is empty, but an error may replace it. */
const SHORT = 64 * 1024

/** Sends a request with a body of exactly `size` bytes; returns what the answer says about the written object. */
export async function sendBody(requests: Requests, request: BodyRequest): Promise<Written> {
  const { operation, body, size, signal } = request
  const exact = exactBody(operation, body, size, signal)
  const content = exact instanceof Promise ? await exact : exact
  const { bucket, key, query = '' } = request
  const headers = ['content-length', String(size), ...request.headers]
  const answer = await requests.send({
    operation,
    method: 'PUT',
    bucket,
    key,
    query,
    headers,
    body: content,
    signal,
    gather: SHORT,
  })
  return writtenOf(answer.headers, writtenEtag(operation, headerOf(answer.headers, 'etag')))
}

/** Announces the MD5 of a body, given in hex. */
export function contentMd5(md5: string): Headers {
  return ['content-md5', Buffer.from(md5, 'hex').toString('base64')]
}

/** The server has decompressed an object that is stored with gzip. */
function isDecompressed(headers: AnswerHeaders): boolean {
  return headers[STORED_ENCODING] === 'gzip' && headerOf(headers, 'content-encoding') !== 'gzip'
}
const ACCEPTS_GZIP: Headers = ['accept-encoding', 'gzip']

/** The ETag, and what else an answer to a write says. */
export function writtenOf(headers: AnswerHeaders, etag: string): Written {
  const versionId = headerOf(headers, 'x-amz-version-id')
  const encryption = encryptionOf(headers)
  const checksums = checksumsOf(headers)
  if (versionId === undefined && encryption === undefined && checksums.length === 0) return { etag }
  return {
    etag,
    ...(versionId === undefined ? {} : { versionId }),
    ...(encryption && { encryption }),
    ...(checksums.length > 0 && { checksums }),
  }
}

function isLocked(extras: Extras | undefined): boolean {
  return extras?.retention !== undefined || extras?.legalHold === true
}

/** A range in HTTP's format, which includes the last byte. */
export function bytesOf({ start, end }: ByteRange): string {
  return `bytes=${start}-${end - 1}`
}

/** The extent of an answer's body. Fails when it is not the requested range: a server that ignores Range answers with a plain 200. */
function extentOf(
  headers: AnswerHeaders,
  content: Content,
  range: ByteRange | undefined,
  expected: number | undefined,
): { length: number; size: number } {
  const length = content instanceof Uint8Array ? content.length : (numberIn(headers, 'content-length') ?? expected)
  const contentRange = headerOf(headers, 'content-range')
  const told = contentRange === undefined ? null : /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange)
  const exact = range === undefined || (Number(told?.[1]) === range.start && Number(told?.[2]) === range.end - 1)
  if (range !== undefined && contentRange === undefined) {
    const message = `asked for ${bytesOf(range)}, got the whole object`
    throw new StoreError(ownFailure('GetObject', 'RangeIgnored', message, 'permanent'))
  }
  if (length === undefined || !exact) {
    const message = `asked for ${range === undefined ? 'a length' : bytesOf(range)}, got ${contentRange ?? 'none'}`
    throw new StoreError(ownFailure('GetObject', 'WrongRange', message))
  }
  return { length, size: told === null ? length : Number(told[3]) }
}

/** The object has changed or was deleted since it was pinned. */
export function asChanged(error: unknown): never {
  if (!(error instanceof StoreError) || error.failure.status !== 412) throw error
  throw new StoreError({ ...error.failure, kind: 'changed' }, { cause: error })
}

function headOf(operation: string, headers: AnswerHeaders, size: number | undefined): ObjectHead {
  if (size === undefined) throw new StoreError(ownFailure(operation, 'NoSize', 'the server does not tell the size'))
  return {
    size,
    etag: plainEtag(headerOf(headers, 'etag')),
    lastModified: Date.parse(headerOf(headers, 'last-modified') ?? '') || 0,
    attributes: attributesOf(headers),
    properties: propertiesOf(headers),
    checksums: checksumsOf(headers),
    ...(tellsComposite(headers) ? { isComposite: true as const } : {}),
    tagCount: numberIn(headers, 'x-amz-tagging-count') ?? 0,
  }
}

function numberIn(headers: AnswerHeaders, name: string): number | undefined {
  const text = headerOf(headers, name)
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text)
}
