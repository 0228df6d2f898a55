import { afterEach, describe, expect, it } from '@jest/globals'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { errorXml, never, query, stage, type Stage } from '../http/server.js'

let on: Stage | undefined
afterEach(async () => {
  await on?.stop()
  on = undefined
})

const listing = (contents: string, more = '<IsTruncated>false</IsTruncated>') =>
  `<?xml version="1.0"?><ListBucketResult>${more}${contents}</ListBucketResult>`
const entry = (key: string) =>
  `<Contents><Key>${key}</Key><Size>1</Size><ETag>&quot;e&quot;</ETag><LastModified>2026-11-23T00:00:00.000Z</LastModified></Contents>`

describe('keys are sent unchanged', () => {
  it.each([
    ['plain', '/b/plain'],
    ['with space', '/b/with%20space'],
    ['a+b', '/b/a%2Bb'],
    ['%20', '/b/%2520'],
    ['/lead', '/b//lead'],
    ['x//y', '/b/x//y'],
    ['a/../b', '/b/a/../b'],
    ['./c', '/b/./c'],
    ['trail/', '/b/trail/'],
    ['über', '/b/%C3%BCber'],
    ['🚀', '/b/%F0%9F%9A%80'],
    ["'()*!", '/b/%27%28%29%2A%21'],
  ])('%j as %s', async (key, path) => {
    on = await stage((_request, response) => response.writeHead(200, { 'content-length': '0', etag: '"e"' }).end())
    await on.store.head({ bucket: 'b', key, signal: never })
    expect(on.requests.map((request) => request.split(' ')[1]?.split('?')[0])).toEqual([path])
  })
})

it.each([
  ['x//y', 'x/y'],
  ['x\\y', 'x/y'],
  ['/x', 'x'],
])('a server that stores %j as %j fails the write, also if it lists any prefix that it can look up', async (key, folded) => {
  on = await stage((request, response) => {
    const { method } = request
    const asked = query(request)
    if (method === 'PUT') return response.writeHead(200, { 'content-length': '0', etag: '"e"' }).end()
    if (method === 'HEAD') return response.writeHead(404).end()
    const prefix = asked.get('prefix')
    const keys = [folded].filter((each) => each.startsWith(prefix ?? '') && each > (asked.get('start-after') ?? ''))
    return response.end(
      listing((prefix !== '' && prefix !== 'x' && key.startsWith(prefix ?? '') ? [key] : keys).map(entry).join('')),
    )
  })
  const body = Buffer.from('x')
  const written = on.store.put({ bucket: 'b', key, body, size: 1, attributes: { metadata: {} }, signal: never })
  await expect(written).rejects.toMatchObject({ failure: { code: 'KeyChanged', kind: 'permanent' } })
})

describe('a listing', () => {
  it('requests url-encoded keys and decodes them: + is a space', async () => {
    on = await stage((_request, response) =>
      response.end(listing(entry('a+b%2Bc%0A'), '<IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>')),
    )
    const page = await on.store.listPage({ bucket: 'b', prefix: '', signal: never })
    expect(page.entries.map(({ key }) => key)).toEqual(['a b+c\n'])
    expect(on.requests[0]).toContain('encoding-type=url')
  })

  it('with a KeyCount below its entries is read by its entries', async () => {
    on = await stage((_request, response) =>
      response.end(listing(entry('a') + entry('b'), '<IsTruncated>false</IsTruncated><KeyCount>0</KeyCount>')),
    )
    const page = await on.store.listPage({ bucket: 'b', prefix: '', signal: never })
    expect(page.entries.map(({ key }) => key)).toEqual(['a', 'b'])
  })

  it('uses keys unchanged if the server did not encode them', async () => {
    on = await stage((_request, response) => response.end(listing(entry('a+b%2B'))))
    expect((await on.store.listPage({ bucket: 'b', prefix: '', signal: never })).entries[0]?.key).toBe('a+b%2B')
  })

  it.each([
    ['encodes', { 'a b': 'a+b', 'a+b': 'a%2Bb', 'x%y': 'x%25y' }],
    ['says so, but does not encode', { 'a+b': 'a+b', 'x%2By': 'x%2By' }],
  ])('of a server that %s, keys arrive exactly; it is found out by one more request', async (_what, keys) => {
    on = await stage((request, response) => {
      const isEncoded = query(request).has('encoding-type')
      const told = isEncoded ? Object.values(keys) : Object.keys(keys)
      const type = isEncoded ? '<EncodingType>url</EncodingType>' : ''
      response.end(listing(told.map(entry).join(''), `<IsTruncated>false</IsTruncated>${type}`))
    })
    for (let i = 0; i < 3; i++) {
      const page = await on.store.listPage({ bucket: 'b', prefix: '', signal: never })
      expect(page.entries.map(({ key }) => key)).toEqual(Object.keys(keys))
    }
    expect(on.requests.map((request) => request.includes('encoding-type'))).toEqual([true, false, true, true])
  })

  it.each([
    ['url-encoding is refused', 'encoding-type', 'NoUrlEncoding', undefined],
    ['ListObjectsV2 is refused', 'list-type', 'ListObjectsV1', 'url'],
  ])('when %s, works without it for the rest of the run, and reports it once', async (_when, parameter, notice, encoding) => {
    const notices: string[] = []
    on = await stage(
      (request, response) => {
        if (query(request).has(parameter)) response.writeHead(501).end(errorXml('NotImplemented'))
        else response.end(listing(entry('k')))
      },
      {},
      { onNotice: (code) => notices.push(code) },
    )
    for (let i = 0; i < 3; i++) {
      expect((await on.store.listPage({ bucket: 'b', prefix: '', signal: never })).entries[0]?.key).toBe('k')
    }
    expect(notices).toEqual([notice])
    const last = new URLSearchParams(on.requests.at(-1)?.split('?')[1])
    expect(last.has(parameter)).toBe(false)
    if (encoding !== undefined) expect(last.get('encoding-type')).toBe(encoding)
  })

  it('with the older ListObjects continues after the last key', async () => {
    on = await stage((request, response) => {
      const asked = query(request)
      if (asked.has('list-type')) response.writeHead(501).end(errorXml('NotImplemented'))
      else if (asked.get('marker') === 'b') response.end(listing(entry('c'), '<IsTruncated>false</IsTruncated>'))
      else response.end(listing(entry('a') + entry('b'), '<IsTruncated>true</IsTruncated>'))
    })
    const first = await on.store.listPage({ bucket: 'x', prefix: '', signal: never })
    expect(first.next).toBe('b')
    const second = await on.store.listPage({ bucket: 'x', prefix: '', token: 'b', signal: never })
    expect(second).toMatchObject({ entries: [{ key: 'c' }] })
    expect(second.next).toBeUndefined()
  })

  it.each([
    ['', 'nothing'],
    ['<html><body>Welcome</body></html>', 'a page of HTML'],
    ['<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>', 'an answer to something else'],
  ])('%j is not an empty listing', async (body) => {
    on = await stage((_request, response) => response.end(body))
    const page = on.store.listPage({ bucket: 'b', prefix: '', signal: never })
    await expect(page).rejects.toMatchObject({ failure: { code: 'MalformedListing', kind: 'transient' } })
  })

  it.each([
    ['cut inside a key', listing(entry('a')).slice(0, -60)],
    ['cut between two objects', listing(entry('a')).replace('</ListBucketResult>', '')],
    ['with an object without a key', listing('<Contents><Size>1</Size></Contents>')],
    ['with an object without a size', listing('<Contents><Key>p/a</Key></Contents>')],
    ['that counts itself as longer', listing(entry('a'), '<IsTruncated>false</IsTruncated><KeyCount>2</KeyCount>')],
    ['that does not tell whether it is the last', listing(entry('a'), '<KeyCount>1</KeyCount>')],
    ['that tells it in other words', listing(entry('a'), '<IsTruncated>maybe</IsTruncated>')],
    ['with a time that is none', listing(entry('a')).replace('2026-11-23T00:00:00.000Z', 'yesterday')],
  ])('%s is malformed and a transient failure', async (_what, xml) => {
    on = await stage((_request, response) => response.end(xml))
    const page = on.store.listPage({ bucket: 'b', prefix: '', signal: never })
    await expect(page).rejects.toMatchObject({ failure: { code: 'MalformedListing', kind: 'transient' } })
  })

  it.each([
    ['claims more without getting on', listing('', '<IsTruncated>true</IsTruncated>')],
    [
      'names itself as the next',
      listing(entry('p/a'), '<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>'),
    ],
    ['holds a key outside the prefix', listing(entry('other'))],
    ['is badly encoded', listing(entry('p/%zz'), '<IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>')],
  ])('that %s is a failure, never a short listing', async (_what, xml) => {
    on = await stage((_request, response) => response.end(xml))
    const page = on.store.listPage({ bucket: 'b', prefix: 'p/', token: 't', signal: never })
    await expect(page).rejects.toMatchObject({ failure: { code: 'MalformedListing', kind: 'permanent' } })
  })
})

describe('the list of buckets', () => {
  const bucketsXml = (names: string[], more = '') =>
    `<ListAllMyBucketsResult><Buckets>${names.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('')}</Buckets>${more}</ListAllMyBucketsResult>`

  it('is read up to its last page', async () => {
    on = await stage((request, response) => {
      if (query(request).get('continuation-token') === 't') response.end(bucketsXml(['c']))
      else response.end(bucketsXml(['a', 'b'], '<ContinuationToken>t</ContinuationToken>'))
    })
    expect(await on.store.listBuckets({ signal: never })).toEqual(['a', 'b', 'c'])
  })

  it('may be empty', async () => {
    on = await stage((_request, response) => response.end(bucketsXml([])))
    expect(await on.store.listBuckets({ signal: never })).toEqual([])
  })

  it.each([
    ['a page of HTML', '<html><body>Console</body></html>'],
    ['pages that lead in a circle', bucketsXml(['a'], '<ContinuationToken>t</ContinuationToken>')],
  ])('answered with %s is a failure', async (_what, body) => {
    on = await stage((_request, response) => response.end(body))
    await expect(on.store.listBuckets({ signal: never })).rejects.toMatchObject({ failure: { code: 'MalformedListing' } })
  })
})

describe('a bucket in another region', () => {
  const REGION = 'eu-west-1'
  const elsewhere = (request: IncomingMessage): boolean => !(request.headers.authorization ?? '').includes(REGION)

  it.each([
    ['a header', { 'x-amz-bucket-region': REGION }, ''],
    ['the body', {}, `<Region>${REGION}</Region>`],
  ])('reported by %s, is requested again in that region, and directly the next time', async (_how, headers, more) => {
    on = await stage((request, response) => {
      if (elsewhere(request)) response.writeHead(400, headers).end(errorXml('AuthorizationHeaderMalformed', more))
      else response.end(listing(entry('k')))
    })
    expect((await on.store.listPage({ bucket: 'b', prefix: '', signal: never })).entries).toHaveLength(1)
    await on.store.listPage({ bucket: 'b', prefix: '', signal: never })
    expect(on.requests).toHaveLength(3)
  })

  it('that a large write detects: that attempt fails as transient, the next one succeeds', async () => {
    on = await stage((request, response) => {
      request.resume().on('end', () => {
        if (elsewhere(request))
          response.writeHead(400, { 'x-amz-bucket-region': REGION }).end(errorXml('AuthorizationHeaderMalformed'))
        else response.writeHead(200, { etag: '"e"' }).end()
      })
    })
    const { store } = on
    const put = (size: number) =>
      store.put({
        ...{ bucket: 'b', key: 'k', body: Readable.from([Buffer.alloc(size)], { objectMode: false }), size },
        ...{ attributes: { metadata: {} }, signal: never },
      })
    // A body that is being sent can't be sent twice; the next attempt has a new one.
    await expect(put(200_000)).rejects.toMatchObject({ failure: { kind: 'transient' } })
    await expect(put(200_000)).resolves.toEqual({ etag: 'e' })
  })

  it('a server that redirects in circles fails in the end', async () => {
    let n = 0
    on = await stage((_request, response) =>
      response.writeHead(301, { 'x-amz-bucket-region': `region-${n++}` }).end(errorXml('PermanentRedirect')),
    )
    await expect(on.store.listPage({ bucket: 'b', prefix: '', signal: never })).rejects.toMatchObject({
      failure: { code: 'PermanentRedirect' },
    })
    expect(on.requests.length).toBeLessThan(10)
  })
})

describe('a checksum that is announced', () => {
  const HEADER = 'x-amz-checksum-crc32'
  const attributes = { metadata: {} }
  const checksum = { algorithm: 'CRC32', value: 'AAAAAA==' } as const
  const write = (body: Uint8Array | Readable) =>
    on?.store.put({ bucket: 'b', key: 'k', body, size: 4, attributes, checksum, signal: never })
  const whole = () => Buffer.from('body')
  const sent: boolean[] = []
  const notices: string[] = []

  /** A server that refuses a write with a checksum by `status` and `error`, and accepts any other. */
  async function refusing(status: number, error: string): Promise<void> {
    sent.length = notices.length = 0
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      request.resume().on('end', () => {
        const announced = request.headers[HEADER] !== undefined
        sent.push(announced)
        if (announced) response.writeHead(status).end(error)
        else response.writeHead(200, { etag: '"e"' }).end()
      })
    }
    on = await stage(answer, {}, { onNotice: (code) => notices.push(code) })
  }

  it.each([
    [501, errorXml('NotImplemented')],
    [400, errorXml('InvalidArgument').replace('InvalidArgument it is', `Unsupported header '${HEADER}'`)],
  ])('that is refused (%i) is omitted at once and from then on, with one notice', async (status, error) => {
    await refusing(status, error)
    for (let i = 0; i < 3; i++) expect(await write(whole())).toEqual({ etag: 'e', refusesChecksums: true })
    expect(sent).toEqual([true, false, false, false])
    expect(notices).toEqual(['NoChecksums'])
  })

  it('that is refused while a body is being sent: that attempt fails as transient, the next one succeeds', async () => {
    await refusing(501, errorXml('NotImplemented'))
    await expect(write(Readable.from([whole()]))).rejects.toMatchObject({ failure: { kind: 'transient' } })
    expect(await write(Readable.from([whole()]))).toEqual({ etag: 'e', refusesChecksums: true })
    expect(sent).toEqual([true, false])
  })

  it.each([
    [400, 'BadDigest', 'transient'],
    [400, 'InvalidArgument', 'permanent'],
    [503, 'SlowDown', 'throttled'],
  ])('is still sent after any other failure: %i %s', async (status, code, kind) => {
    await refusing(status, errorXml(code))
    for (let i = 0; i < 2; i++) await expect(write(whole())).rejects.toMatchObject({ failure: { code, kind } })
    expect(sent).toEqual([true, true])
    expect(notices).toEqual([])
  })
})

describe('a server whose clock is an hour off', () => {
  it('gets requests signed with its own time after its first refusal; requests in flight are sent again', async () => {
    const theirs = Date.now() + 3_600_000
    const waiting: (() => void)[] = []
    let late = 0
    on = await stage((request, response) => {
      const signed = String(request.headers['x-amz-date']).replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')
      const skewed = Math.abs(Date.parse(signed) - theirs) > 900_000
      const answer = (): void => {
        response.setHeader('date', new Date(theirs).toUTCString())
        if (skewed) response.writeHead(403).end(errorXml('RequestTimeTooSkewed'))
        else response.writeHead(200, { 'content-length': '1', etag: '"e"' }).end('x')
      }
      if (!skewed) answer()
      else if (waiting.push(answer) === 3) for (const one of waiting) setTimeout(one, 20 * late++)
    })
    const { store, requests } = on
    const reads = ['a', 'b', 'c'].map((key) => store.get({ bucket: 'b', key, signal: never, gather: 10 }))
    expect((await Promise.all(reads)).map(({ size }) => size)).toEqual([1, 1, 1])
    expect(requests).toHaveLength(6)
    await on.store.head({ bucket: 'b', key: 'd', signal: never })
    expect(on.requests).toHaveLength(7)
  })
})

describe('how requests are signed and addressed', () => {
  const seen: { authorization?: string | undefined; payer?: string | string[] | undefined; host?: string | undefined }[] = []
  const look = async (connection: Parameters<typeof stage>[1]): Promise<(typeof seen)[number] | undefined> => {
    on = await stage((request, response) => {
      seen.push({
        authorization: request.headers.authorization,
        payer: request.headers['x-amz-request-payer'],
        host: request.headers.host,
      })
      response.writeHead(200, { 'content-length': '0', etag: '"e"' }).end()
    }, connection)
    await on.store.head({ bucket: 'bucket', key: 'k', signal: never })
    return seen.at(-1)
  }

  it('with its own keys, in its region, path style at an address', async () => {
    const { authorization } = (await look({ region: 'my-region' })) ?? {}
    expect(authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/my-region\/s3\//)
    expect(on?.requests).toEqual(['HEAD /bucket/k'])
  })

  it('anonymously: requests are not signed', async () => {
    expect((await look({ anonymous: true }))?.authorization).toBeUndefined()
  })

  it('with requester-pays', async () => {
    expect((await look({ requesterPays: true }))?.payer).toBe('requester')
  })

  it('AWS_ENDPOINT_URL does not redirect it', async () => {
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:9'
    try {
      expect((await look({}))?.host).toMatch(/^127\.0\.0\.1:\d+$/)
    } finally {
      delete process.env['AWS_ENDPOINT_URL']
    }
  })
})

describe('the attributes of an object', () => {
  it('non-ASCII values are sent as UTF-8, and read back from UTF-8, RFC 2047 and odd bytes', async () => {
    let sent = ''
    const words = '=?UTF-8?B?S8Okc2U=?= =?UTF-8?Q?_=E2=9C=93?='
    on = await stage((request, response) => {
      sent = Buffer.from(String(request.headers['x-amz-meta-name'] ?? ''), 'latin1').toString('utf8')
      const headers = {
        etag: '"e"',
        'content-length': '0',
        'x-amz-meta-name': Buffer.from('Käse ✓').toString('latin1'),
        'x-amz-meta-aws': words,
        'x-amz-meta-odd': '\u00e9\u00ff',
      }
      request.resume().on('end', () => response.writeHead(200, headers).end())
    })
    const body = Readable.from([Buffer.from('x')])
    await on.store.put({ bucket: 'b', key: 'k', body, size: 1, attributes: { metadata: { name: 'Käse ✓' } }, signal: never })
    expect(sent).toBe('Käse ✓')
    const { attributes } = await on.store.head({ bucket: 'b', key: 'k', signal: never })
    expect(attributes.metadata).toEqual({ name: 'Käse ✓', aws: 'Käse ✓', odd: '\u00e9\u00ff' })
  })

  it('Expires is copied as text, aws-chunked is not copied', async () => {
    let expires: string | undefined
    on = await stage((request, response) => {
      expires = request.headers.expires ?? expires
      const headers = { etag: '"e"', 'content-length': '0', expires: 'never ever', 'content-encoding': 'aws-chunked,gzip' }
      request.resume().on('end', () => response.writeHead(200, headers).end())
    })
    const body = Readable.from([Buffer.from('x')])
    await on.store.put({
      bucket: 'b',
      key: 'k',
      body,
      size: 1,
      attributes: { expires: 'never ever', metadata: {} },
      signal: never,
    })
    expect(expires).toBe('never ever')
    const { attributes } = await on.store.head({ bucket: 'b', key: 'k', signal: never })
    expect(attributes).toEqual({ expires: 'never ever', contentEncoding: 'gzip', metadata: {} })
  })
})
