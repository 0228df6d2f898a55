import { describe, expect, it } from '@jest/globals'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { createHash, createHmac } from 'node:crypto'
import { EMPTY, encodePath, queryOf, Signer, UNSIGNED } from '../../../../src/io/s3/http/sigv4.js'

const KEYS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const EXAMPLES_AT = Date.UTC(2013, 4, 24)

function authorizationIn(headers: readonly string[]): string {
  return headers[headers.indexOf('authorization') + 1] ?? ''
}

/** The hash for the SDK's signer: SHA-256, with or without a key. */
class Sha256 {
  private readonly hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    if (secret === undefined) this.hash = createHash('sha256')
    else if (typeof secret === 'string') this.hash = createHmac('sha256', secret)
    else
      this.hash = createHmac(
        'sha256',
        ArrayBuffer.isView(secret) ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength) : Buffer.from(secret),
      )
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    if (typeof data === 'string') this.hash.update(data)
    else
      this.hash.update(ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data))
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest())
  }
  reset(): void {
    throw new Error('not asked for by the signer')
  }
}

describe('the examples AWS publishes (Amazon S3 API reference, "Authenticating Requests: Single Chunk")', () => {
  const host = ['host', 'examplebucket.s3.amazonaws.com']
  it.each([
    [
      'GET of an object, with a range',
      { method: 'GET', path: '/test.txt', query: '', headers: [...host, 'range', 'bytes=0-9'] },
      EMPTY,
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'PUT of an object',
      {
        method: 'PUT',
        path: `/${encodePath('test$file.text')}`,
        query: '',
        headers: [...host, 'date', 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class', 'REDUCED_REDUNDANCY'],
      },
      '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'GET of the lifecycle',
      { method: 'GET', path: '/', query: 'lifecycle=', headers: host },
      EMPTY,
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'a listing',
      { method: 'GET', path: '/', query: queryOf({ prefix: 'J', 'max-keys': 2 }), headers: host },
      EMPTY,
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s', (_what, request, payload, signature) => {
    const headers = new Signer('us-east-1').sign(request, payload, KEYS, EXAMPLES_AT)
    expect(authorizationIn(headers)).toMatch(new RegExp(`, Signature=${signature}$`))
  })
})

const names = fc.stringMatching(/^x-amz-meta-[a-z0-9-]{1,10}$/)
const values = fc.stringMatching(/^[ -~\t]{0,30}$/)
const anyRequest = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE'),
  key: fc.string({ unit: 'binary', maxLength: 40 }),
  query: fc.dictionary(fc.stringMatching(/^[a-zA-Z-]{1,12}$/), fc.string({ unit: 'grapheme', maxLength: 20 }), { maxKeys: 4 }),
  headers: fc.dictionary(names, values, { maxKeys: 5 }),
  sessionToken: fc.option(fc.base64String({ minLength: 4, maxLength: 40 }), { nil: undefined }),
  region: fc.constantFrom('us-east-1', 'eu-central-1', 'auto', 'cn-north-1'),
  now: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  payload: fc.constantFrom(UNSIGNED, EMPTY),
})

describe('the SDK’s signer', () => {
  it('signs every request the same way', async () => {
    await fc.assert(
      fc.asyncProperty(anyRequest, async ({ method, key, query, headers, sessionToken, region, now, payload }) => {
        const keys = { ...KEYS, ...(sessionToken === undefined ? {} : { sessionToken }) }
        const all = { host: 'bucket.example.org:9000', ...headers, 'user-agent': 'never signed' }
        const path = `/${encodePath(key)}`
        const oracle = new SignatureV4({
          credentials: keys,
          region,
          service: 's3',
          sha256: Sha256,
          uriEscapePath: false,
          applyChecksum: true,
        })
        const request = {
          method,
          protocol: 'http:',
          hostname: 'bucket.example.org',
          port: 9000,
          path,
          query,
          headers: { ...all, 'x-amz-content-sha256': payload },
        }
        const signed = await oracle.sign(request, { signingDate: new Date(now) })
        const own = { method, path, query: queryOf(query), headers: Object.entries(all).flat() }
        expect(authorizationIn(new Signer(region).sign(own, payload, keys, now))).toBe(signed.headers['authorization'])
      }),
    )
  })

  it('agrees when the day changes under one signer', () => {
    const signer = new Signer('us-east-1')
    const request = { method: 'GET', path: '/', query: '', headers: ['host', 'h'] }
    const sign = (by: Signer, now: number): string => authorizationIn(by.sign(request, EMPTY, KEYS, now))
    const [before, after] = [Date.UTC(2026, 0, 1, 23, 59, 59, 999), Date.UTC(2026, 0, 2)]
    expect([sign(signer, before), sign(signer, after)]).toEqual([
      sign(new Signer('us-east-1'), before),
      sign(new Signer('us-east-1'), after),
    ])
    expect(sign(signer, after)).toContain('/20260102/us-east-1/s3/aws4_request')
  })
})
