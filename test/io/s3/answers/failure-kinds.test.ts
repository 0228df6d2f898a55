import { afterEach, describe, expect, it } from '@jest/globals'
import http from 'node:http'
import https from 'node:https'
import { createServer, type Server } from 'node:net'
import { Readable } from 'node:stream'
import { asBody } from '../../../../src/pipeline/ports/body.js'
import { StoreError } from '../../../../src/pipeline/ports/failure.js'
import { toStoreError } from '../../../../src/io/s3/answers/socket-errors.js'
import { openStore } from '../../../../src/io/s3/store.js'
import { errorXml, never, stage, type Stage } from '../http/server.js'

let on: Stage | undefined
let speaker: Server | undefined
afterEach(async () => {
  await on?.stop()
  speaker?.close()
  on = speaker = undefined
})

/** A port that answers each connection with `bytes` and closes it. */
async function speaking(bytes: string, scheme: 'http' | 'https'): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end(bytes, 'latin1')))
  speaker = server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `${scheme}://127.0.0.1:${address.port}`
}

async function failure(call: Promise<unknown>): Promise<StoreError['failure']> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof StoreError)) throw new Error('not a StoreError', { cause: error })
  return error.failure
}

/** Answers of servers, and the kind of failure that each means. */
const ANSWERS: [status: number, code: string, kind: string][] = [
  [403, 'AccessDenied', 'permanent'],
  [403, 'InvalidAccessKeyId', 'fatal'],
  [403, 'SignatureDoesNotMatch', 'fatal'],
  [403, 'RequestTimeTooSkewed', 'fatal'],
  [400, 'ExpiredToken', 'fatal'],
  [404, 'NoSuchBucket', 'fatal'],
  [404, 'NoSuchKey', 'permanent'],
  [403, 'InvalidObjectState', 'permanent'],
  [400, 'RequestTimeout', 'transient'],
  [500, 'InternalError', 'transient'],
  [503, 'SlowDown', 'throttled'],
  [503, 'ServiceUnavailable', 'transient'],
  [429, 'TooManyRequests', 'throttled'],
  [400, 'SomethingNew', 'permanent'],
]

describe('given an answer that asks to wait', () => {
  it.each<[string, number, Record<string, string>, string, number | undefined]>([
    ['an S3 error', 503, { 'retry-after': '7' }, errorXml('SlowDown'), 7_000],
    ['a page of HTML', 503, { 'retry-after': '1' }, '<html>Service Temporarily Unavailable</html>', 1_000],
    ['a page of HTML', 429, { 'retry-after': '120' }, '<html>Too Many Requests</html>', 120_000],
    ['a page of HTML', 429, {}, '<html>Too Many Requests</html>', undefined],
    [
      ...([
        'a date',
        503,
        { 'retry-after': 'Sat, 28 Nov 2026 10:00:30 GMT', date: 'Sat, 28 Nov 2026 10:00:00 GMT' },
        '',
      ] as const),
      30_000,
    ],
    ['more than five minutes', 429, { 'retry-after': '86400' }, '', 300_000],
    ['a past date', 429, { 'retry-after': 'Sat, 28 Nov 2020 10:00:30 GMT' }, '', undefined],
    ['nonsense', 429, { 'retry-after': 'soon' }, '', undefined],
  ])('%s with status %d and %j: it is throttled, and tells how long', async (_what, status, headers, body, waitMs) => {
    on = await stage((_request, response) => response.writeHead(status, headers).end(body))
    const told = await failure(on.store.get({ bucket: 'b', key: 'k', signal: never }))
    expect([told.kind, told.retryAfterMs]).toEqual(['throttled', waitMs])
  })

  it('trouble of the server does not become throttling, but is retried no sooner', async () => {
    on = await stage((_request, response) => response.writeHead(500, { 'retry-after': '3' }).end(errorXml('InternalError')))
    expect(await failure(on.store.get({ bucket: 'b', key: 'k', signal: never }))).toMatchObject({
      kind: 'transient',
      retryAfterMs: 3_000,
    })
  })

  it('a 503 to a HEAD, which has no body to say SlowDown, is throttling', async () => {
    on = await stage((_request, response) => response.writeHead(503).end())
    expect(await failure(on.store.head({ bucket: 'b', key: 'k', signal: never }))).toMatchObject({ kind: 'throttled' })
  })
})

describe('given an answer of the server', () => {
  it.each(ANSWERS)('%d %s is %s', async (status, code, kind) => {
    on = await stage((_request, response) =>
      response.writeHead(status, { 'content-type': 'application/xml' }).end(errorXml(code)),
    )
    const told = await failure(on.store.get({ bucket: 'b', key: 'k', signal: never }))
    expect(told).toMatchObject({ operation: 'GetObject', code, status, kind })
    expect(told.message).not.toContain('\n')
  })

  it.each([
    [403, 'AccessDenied', 'permanent'],
    [404, 'NoSuchKey', 'permanent'],
    [412, 'PreconditionFailed', 'permanent'],
    [500, 'InternalError', 'transient'],
  ])('a HEAD’s bare %d is %s', async (status, code, kind) => {
    on = await stage((_request, response) => response.writeHead(status).end())
    expect(await failure(on.store.head({ bucket: 'b', key: 'k', signal: never }))).toMatchObject({ code, kind, status })
  })

  it.each([
    [404, 'Http404', 'permanent'],
    [502, 'Http502', 'transient'],
  ])('HTML with %d is not an S3 answer: %s', async (status, code, kind) => {
    const html = '<!doctype html><html lang=en><title>Oh</title><h1>no</h1>'
    on = await stage((_request, response) => response.writeHead(status, { 'content-type': 'text/html' }).end(html))
    expect(await failure(on.store.get({ bucket: 'b', key: 'k', signal: never }))).toMatchObject({ code, kind, status })
  })

  it('an answer with status 200 that contains an error, or nothing, is no successful write', async () => {
    on = await stage((request, response) => {
      request.resume().on('end', () => response.writeHead(200).end(`${errorXml('InternalError')}   `))
    })
    const uploaded = on.store.multipart.completeUpload({ bucket: 'b', key: 'k', uploadId: 'u', parts: [], signal: never })
    expect((await failure(uploaded)).kind).toBe('transient')
  })
})

describe('given no answer', () => {
  /** Node's error for a failed request. (test/e2e shows the same through the SDK with the built tool.) */
  const errorOf = (url: string): Promise<unknown> =>
    new Promise((resolve) => {
      const get = url.startsWith('https:') ? https.get : http.get
      get(url, () => resolve('an answer')).on('error', resolve)
    })

  it.each([
    ['a refused connection', () => Promise.resolve('http://127.0.0.1:9'), 'ConnectionRefused', 'transient'],
    ['an unknown host', () => Promise.resolve('http://no-such-host.invalid'), 'UnknownHost', 'transient'],
    ['https where http is spoken', () => speaking('HTTP/1.1 400 Bad Request\r\n\r\n', 'https'), 'TlsNotSpoken', 'fatal'],
    ['http where TLS is spoken', () => speaking('\x15\x03\x01\x00\x02\x02\x46', 'http'), 'TlsExpected', 'fatal'],
    ['no end of headers', () => speaking(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}`, 'http'), 'MalformedAnswer', 'transient'],
    ['a connection that is cut', () => speaking('', 'http'), 'ConnectionReset', 'transient'],
  ])('%s', async (_what, url, code, kind) => {
    const { failure: told } = toStoreError('HeadObject', await errorOf(await url()))
    expect(told).toMatchObject({ operation: 'HeadObject', code, kind })
  })

  it.each(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS'])('%s: this machine has no more of them for now', (code) => {
    const thrown = Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect' })
    expect(toStoreError('GetObject', thrown).failure).toMatchObject({ code: 'OutOfSockets', kind: 'transient' })
  })

  it('http to a Go server that speaks TLS and answers in plain text', async () => {
    on = await stage((_request, response) => response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.\n'))
    const listed = on.store.listPage({ bucket: 'b', prefix: '', signal: never })
    expect(await failure(listed)).toMatchObject({ code: 'TlsExpected', kind: 'fatal' })
  })

  it('a timeout of the first byte or of the next byte', async () => {
    const timeouts = { connectMs: 1_000, quietMs: 100 }
    on = await stage(
      (request, response) => {
        if (request.url?.includes('/stalls')) response.writeHead(200, { 'content-length': '10', etag: '"e"' }).write('12345')
      },
      {},
      { timeouts },
    )
    expect(await failure(on.store.get({ bucket: 'b', key: 'silent', signal: never }))).toMatchObject({
      code: 'FirstByteTimeout',
      kind: 'transient',
    })
    const { body } = await on.store.get({ bucket: 'b', key: 'stalls', signal: never })
    const reading = (async () => {
      for await (const chunk of asBody(body)) expect(chunk.length).toBe(5)
    })()
    expect(await failure(reading)).toMatchObject({ code: 'Stalled', kind: 'transient' })
  })

  it('completing an upload may take longer than other requests', async () => {
    const timeouts = { connectMs: 1_000, quietMs: 100 }
    const xml = '<CompleteMultipartUploadResult><ETag>&quot;e-1&quot;</ETag></CompleteMultipartUploadResult>'
    on = await stage(
      (request, response) => request.resume().on('end', () => setTimeout(() => response.end(xml), 300)),
      {},
      { timeouts },
    )
    const completed = on.store.multipart.completeUpload({ bucket: 'b', key: 'k', uploadId: 'u', parts: [], signal: never })
    expect(await completed).toEqual({ etag: 'e-1' })
  })

  it('a source that starts slowly does not count against the target’s timeout', async () => {
    const timeouts = { connectMs: 1_000, quietMs: 100 }
    on = await stage(
      (request, response) => request.resume().on('end', () => response.writeHead(200, { etag: '"e"' }).end()),
      {},
      { timeouts },
    )
    async function* slow(): AsyncGenerator<Buffer> {
      await new Promise((resolve) => setTimeout(resolve, 250))
      yield Buffer.alloc(100_000)
    }
    const body = Readable.from(slow(), { objectMode: false })
    expect(
      await on.store.put({ bucket: 'b', key: 'k', body, size: 100_000, attributes: { metadata: {} }, signal: never }),
    ).toEqual({ etag: 'e' })
  })

  it('a slow reader does not count as a stall', async () => {
    const timeouts = { connectMs: 1_000, quietMs: 100 }
    on = await stage(
      (_request, response) => response.writeHead(200, { 'content-length': '6', etag: '"e"' }).end('sixsix'),
      {},
      { timeouts },
    )
    const { body } = await on.store.get({ bucket: 'b', key: 'k', signal: never })
    await new Promise((resolve) => setTimeout(resolve, 250))
    const chunks: Uint8Array[] = []
    for await (const chunk of asBody(body)) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('sixsix')
  })

  it('a body that ends early is a truncated body', async () => {
    on = await stage((_request, response) => {
      response.writeHead(200, { 'content-length': '10', etag: '"e"' })
      response.write('12345', () => response.destroy())
    })
    const { body } = await on.store.get({ bucket: 'b', key: 'k', signal: never })
    const reading = (async () => {
      for await (const chunk of asBody(body)) expect(chunk.length).toBeLessThanOrEqual(5)
    })()
    expect(await failure(reading)).toMatchObject({ code: 'TruncatedBody', kind: 'transient' })
  })

  it('an ignored or different range fails before a byte is returned', async () => {
    on = await stage((request, response) => {
      if (request.url?.includes('ignored')) response.writeHead(200, { 'content-length': '10', etag: '"e"' }).end('0123456789')
      else response.writeHead(206, { 'content-length': '2', 'content-range': 'bytes 3-4/10', etag: '"e"' }).end('34')
    })
    const range = { start: 2, end: 4 }
    for (const [key, expected] of [
      ['ignored', { code: 'RangeIgnored', kind: 'permanent', reason: 'not-implemented' }],
      ['other', { code: 'WrongRange', kind: 'transient' }],
    ] as const)
      expect(await failure(on.store.get({ bucket: 'b', key, range, signal: never }))).toMatchObject(expected)
  })
})

it('an unreadable CA file is reported without any secret', async () => {
  const opened = openStore(
    { name: 'x', endpoint: 'https://x', accessKeyId: 'a', secretAccessKey: 's3cr3t', caFile: '/no/such.pem' },
    { sockets: 1 },
  )
  const told = await failure(opened)
  expect(told).toMatchObject({ code: 'CaFileNotUsable', kind: 'fatal', message: 'the CA file /no/such.pem does not exist' })
  expect(JSON.stringify(told)).not.toContain('s3cr3t')
})
