import { afterEach, describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { asBody } from '../../../../src/pipeline/ports/body.js'
import type { Content } from '../../../../src/pipeline/ports/objects.js'
import { errorXml, never, stage, type Stage } from '../http/server.js'

let on: Stage | undefined
afterEach(async () => {
  await on?.stop()
  on = undefined
})

async function bytesOf(content: Content): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of asBody(content)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('an upload whose completion', () => {
  const upload = { bucket: 'b', key: 'k', uploadId: 'u', parts: [{ number: 1, etag: 'e1' }], signal: never }
  const result = '<CompleteMultipartUploadResult><ETag>&quot;e-1&quot;</ETag></CompleteMultipartUploadResult>'

  it('succeeds after spaces that keep the connection open', async () => {
    on = await stage((request, response) => {
      request.resume()
      response.writeHead(200)
      response.write('<?xml version="1.0" encoding="UTF-8"?>')
      response.write(' \n \n')
      response.end(result)
    })
    expect(await on.store.multipart.completeUpload(upload)).toEqual({ etag: 'e-1' })
  })

  it('tells the checksum of the whole object: it is passed on', async () => {
    const told = '<ChecksumCRC64NVME>abc=</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType></Complete'
    on = await stage((request, response) => {
      request.resume()
      response.end(result.replace('</Complete', told))
    })
    expect(await on.store.multipart.completeUpload(upload)).toEqual({
      etag: 'e-1',
      checksums: [{ algorithm: 'CRC64NVME', value: 'abc=' }],
    })
  })

  it.each([
    ['fails after its status 200', errorXml('InternalError'), { code: 'InternalError', kind: 'transient' }],
    ['names an upload that is gone, after its status 200', errorXml('NoSuchUpload'), { reason: 'no-such-upload' }],
    ['says nothing', '', { code: 'MalformedAnswer', kind: 'transient' }],
    ['is a page of HTML', '<html><p>Welcome</html>', { code: 'MalformedAnswer', kind: 'transient' }],
    ['has no ETag', '<CompleteMultipartUploadResult/>', { code: 'NoETag', kind: 'transient' }],
  ])('%s is a failure', async (_, body, failure) => {
    on = await stage((request, response) => {
      request.resume()
      response.end(body)
    })
    await expect(on.store.multipart.completeUpload(upload)).rejects.toMatchObject({ failure })
  })
})

describe('an object that arrives without a length', () => {
  const bytes = Buffer.alloc(3 * 2 ** 20, 'without a length ')

  it.each([
    ['whole', undefined],
    ['a range', { start: 0, end: bytes.length }],
  ])('is read with the size that the listing told: %s', async (_, range) => {
    on = await stage((_request, response) => {
      response.writeHead(range === undefined ? 200 : 206, {
        etag: '"e"',
        ...(range && { 'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}` }),
      })
      response.end(bytes)
    })
    const asked = { bucket: 'b', key: 'k', size: bytes.length, signal: never, ...(range && { range }) }
    const answer = await on.store.get(asked)
    expect(answer.length).toBe(bytes.length)
    expect((await bytesOf(answer.body)).equals(bytes)).toBe(true)
  })

  it('is cut short if it has fewer bytes', async () => {
    on = await stage((_request, response) => response.writeHead(200, { etag: '"e"' }).end(bytes.subarray(1)))
    const { body } = await on.store.get({ bucket: 'b', key: 'k', size: bytes.length, signal: never })
    await expect(bytesOf(body)).rejects.toMatchObject({ failure: { code: 'TruncatedBody' } })
  })
})

describe('an object stored with gzip, which the server decompresses unless gzip is accepted (Google Cloud Storage)', () => {
  it('arrives as it is stored, and later ones at the first request', async () => {
    const stored = gzipSync('the page')
    on = await stage((request, response) => {
      const accepts = request.headers['accept-encoding']?.includes('gzip') === true
      response.writeHead(200, {
        'x-goog-stored-content-encoding': 'gzip',
        etag: `"${createHash('md5').update(stored).digest('hex')}"`,
        ...(accepts && { 'content-encoding': 'gzip' }),
      })
      response.end(accepts ? stored : gunzipSync(stored))
    })
    for (let i = 0; i < 2; i++) {
      const { body, attributes } = await on.store.get({ bucket: 'b', key: 'k', size: stored.length, signal: never })
      expect((await bytesOf(body)).equals(stored)).toBe(true)
      expect(attributes.contentEncoding).toBe('gzip')
    }
    expect(on.requests).toHaveLength(3)
  })
})

describe('a bucket that takes no write without a digest', () => {
  it('says so in a way that the pipeline understands', async () => {
    const message = 'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Part requests with Object Lock parameters'
    on = await stage((request, response) => {
      request.resume()
      response.writeHead(400).end(`<Error><Code>InvalidRequest</Code><Message>${message}</Message></Error>`)
    })
    const part = { bucket: 'b', key: 'k', uploadId: 'u', number: 1, start: 0, body: Buffer.from('x'), size: 1, signal: never }
    await expect(on.store.multipart.uploadPart(part)).rejects.toMatchObject({ failure: { reason: 'digest-required' } })
  })
})
