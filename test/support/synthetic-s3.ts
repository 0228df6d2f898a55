import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { parseS3Request, type S3Request } from './s3-request.js'
import { PatternCheck, phaseOf, syntheticBytes } from './synthetic-bytes.js'

const PART_SIZE = 16 * 1024 * 1024

/** What the server knows of an object; the bytes of an intact one are derived from its key. */
export interface SyntheticObject {
  readonly size: number
  readonly intact: boolean
  readonly etag: string
}

/**
 * An S3 endpoint for the requests of a copy (list, head, get, put, multipart) that stores no bytes: it generates the bytes that it returns
 * from key and offset, and compares those that it receives with them. So 8 GiB need no memory and little time. Unsigned, on loopback.
 */
export class SyntheticS3 {
  readonly buckets = new Map<string, Map<string, SyntheticObject>>()
  /** Requests by operation; listings of a single key, which are look-ups, count as `one key`. */
  readonly counts = new Map<string, number>()
  /** When its objects were written, according to listings and HEADs. */
  writtenAt = new Date(Date.UTC(2026, 0, 1))
  private readonly uploads = new Map<string, Map<number, PatternCheck>>()

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {
    server.on('request', (incoming, response) => {
      this.serve(incoming, response).catch(() => response.destroy())
    })
  }

  static async start(): Promise<SyntheticS3> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server that listens has a port')
    return new SyntheticS3(server, `http://test-key:synthetic-secret-5f1c@127.0.0.1:${address.port}`)
  }

  /** Keys must be ASCII: they are listed in JavaScript's sort order. */
  fill(bucket: string, objects: Iterable<readonly [key: string, size: number]>): void {
    const sorted = [...objects].sort(([a], [b]) => (a < b ? -1 : 1))
    this.buckets.set(bucket, new Map(sorted.map(([key, size]) => [key, { size, intact: true, etag: etagOf(key, size) }])))
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    this.server.closeAllConnections()
    await closed
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = parseS3Request(incoming.method ?? 'GET', incoming.url ?? '/', undefined)
    const name = request.query.get('max-keys') === '1' ? 'one key' : request.operation
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
    const bucket = this.buckets.get(request.bucket)
    if (request.operation === 'CreateBucket') {
      this.buckets.set(request.bucket, bucket ?? new Map<string, SyntheticObject>())
      response.end()
      return
    }
    if (bucket === undefined) {
      refuse(response, 404, 'NoSuchBucket')
      return
    }
    switch (request.operation) {
      case 'HeadBucket':
        response.end()
        return
      case 'ListObjectsV2': {
        xml(response, listPage(bucket, request.query, this.writtenAt))
        return
      }
      case 'HeadObject':
      case 'GetObject':
        return read(bucket, request, incoming, response, this.writtenAt)
      case 'PutObject': {
        const check = await received(incoming)
        const intact = check.intact && (check.phase ?? phaseOf(request.key, 0)) === phaseOf(request.key, 0)
        store(bucket, request.key, check.size, intact, response)
        response.end()
        return
      }
      default:
        return this.multipart(bucket, request, incoming, response)
    }
  }

  private async multipart(
    bucket: Map<string, SyntheticObject>,
    { operation, key, query }: S3Request,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (operation === 'CreateMultipartUpload') {
      const id = randomUUID()
      this.uploads.set(id, new Map())
      xml(response, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
      return
    }
    const id = query.get('uploadId') ?? ''
    const parts = this.uploads.get(id)
    if (parts === undefined) {
      refuse(response, 404, 'NoSuchUpload')
      return
    }
    switch (operation) {
      case 'UploadPart': {
        const number = Number(query.get('partNumber'))
        parts.set(number, await received(incoming))
        response.setHeader('etag', `"part-${number}"`)
        response.end()
        return
      }
      case 'CompleteMultipartUpload': {
        const numbers = [...(await text(incoming)).matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => Number(number))
        this.uploads.delete(id)
        const { size, intact } = assemble(key, numbers, parts)
        const { etag } = store(bucket, key, size, intact, response)
        xml(response, `<CompleteMultipartUploadResult><ETag>"${etag}"</ETag></CompleteMultipartUploadResult>`)
        return
      }
      case 'AbortMultipartUpload':
        this.uploads.delete(id)
        response.writeHead(204).end()
        return
      default: {
        refuse(response, 501, 'NotImplemented')
        return
      }
    }
  }
}

/** The MD5 of a small object's bytes; for a large object, a text in the form of a multipart ETag. */
function etagOf(key: string, size: number): string {
  const md5 = createHash('md5')
  if (size > 1024 * 1024) return `${md5.update(`${key}:${size}`).digest('hex')}-${Math.ceil(size / PART_SIZE)}`
  for (const slice of syntheticBytes(key, 0, size)) md5.update(slice)
  return md5.digest('hex')
}

function store(
  bucket: Map<string, SyntheticObject>,
  key: string,
  size: number,
  intact: boolean,
  response: ServerResponse,
): SyntheticObject {
  const object = { size, intact, etag: intact ? etagOf(key, size) : '0'.repeat(32) }
  bucket.set(key, object)
  response.setHeader('etag', `"${object.etag}"`)
  return object
}

/** Whether the parts, in this order, are the bytes of `key`. */
function assemble(
  key: string,
  numbers: readonly number[],
  parts: ReadonlyMap<number, PatternCheck>,
): { size: number; intact: boolean } {
  let size = 0
  let intact = true
  for (const number of numbers) {
    const part = parts.get(number)
    intact &&= part?.intact === true && part.phase === phaseOf(key, size)
    size += part?.size ?? 0
  }
  return { size, intact }
}

async function received(incoming: IncomingMessage): Promise<PatternCheck> {
  const check = new PatternCheck()
  for await (const chunk of incoming) if (Buffer.isBuffer(chunk)) check.add(chunk)
  return check
}

function listPage(bucket: ReadonlyMap<string, SyntheticObject>, query: URLSearchParams, writtenAt: Date): string {
  const prefix = query.get('prefix') ?? ''
  const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
  const limit = Number(query.get('max-keys') ?? 1000)
  const keys = [...bucket.keys()].sort().filter((key) => key > after && key.startsWith(prefix))
  const contents = keys.slice(0, limit).map((key) => {
    const { size = 0, etag = '' } = bucket.get(key) ?? {}
    const fields = `<Key>${key}</Key><Size>${size}</Size><ETag>"${etag}"</ETag><LastModified>${writtenAt.toISOString()}</LastModified>`
    return `<Contents>${fields}</Contents>`
  })
  const more = keys.length > limit ? `<NextContinuationToken>${keys[limit - 1] ?? ''}</NextContinuationToken>` : ''
  return `<ListBucketResult><IsTruncated>${keys.length > limit}</IsTruncated>${more}${contents.join('')}</ListBucketResult>`
}

async function read(
  bucket: ReadonlyMap<string, SyntheticObject>,
  { operation, key, query }: S3Request,
  incoming: IncomingMessage,
  response: ServerResponse,
  writtenAt: Date,
): Promise<void> {
  const object = bucket.get(key)
  if (object === undefined) {
    refuse(response, 404, 'NoSuchKey')
    return
  }
  const wanted = incoming.headers['if-match']
  if (wanted !== undefined && wanted.replaceAll('"', '') !== object.etag) {
    refuse(response, 412, 'PreconditionFailed')
    return
  }
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(incoming.headers.range ?? '') ?? []
  const start = Number(from ?? 0)
  const partSize = query.has('partNumber') && object.etag.includes('-') ? PART_SIZE : object.size
  const end = to === undefined ? Math.min(partSize, object.size) : Number(to) + 1
  response.writeHead(end - start === object.size ? 200 : 206, {
    etag: `"${object.etag}"`,
    'content-length': end - start,
    'content-type': 'application/octet-stream',
    'last-modified': writtenAt.toUTCString(),
    'accept-ranges': 'bytes',
    ...(end - start === object.size ? {} : { 'content-range': `bytes ${start}-${end - 1}/${object.size}` }),
  })
  if (operation === 'HeadObject') response.end()
  else await pipeline(Readable.from(syntheticBytes(key, start, end)), response)
}

function xml(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }).end(body)
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<Error><Code>${code}</Code><Message>no</Message></Error>`)
}
