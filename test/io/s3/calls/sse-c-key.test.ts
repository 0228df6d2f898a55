import { afterEach, describe, expect, it } from '@jest/globals'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { customerKey } from '../../../../src/io/s3/calls/sse-c-key.js'
import { StoreError } from '../../../../src/pipeline/ports/failure.js'
import { extrasOf, KEEP } from '../../../../src/pipeline/plan/metadata-policy.js'
import { errorXml, never, type Stage, stage } from '../http/server.js'

const KEY = 'x-amz-server-side-encryption-customer-key'
const own = customerKey(Buffer.alloc(32, 'k'))
const SEALED =
  'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.'

let on: Stage | undefined
afterEach(() => on?.stop())

/** A server whose answer to a read depends on whether the request had a key. */
async function reading(
  keys: { own?: typeof own },
  answer: (hasKey: boolean) => { status: number; code?: string; message?: string },
) {
  const seen: boolean[] = []
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const hasKey = request.headers[KEY] !== undefined
    seen.push(hasKey)
    const { status, code, message } = answer(hasKey)
    const body =
      code === undefined ? 'bytes' : errorXml(code).replace(/<Message>.*<\/Message>/s, `<Message>${message ?? code}</Message>`)
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), etag: '"e"' }).end(body)
  }
  on = await stage(serve, {}, { customerKeys: keys })
  const read = on.store.get({ bucket: 'b', key: 'k', gather: 100, signal: never }).then(
    ({ length }) => length,
    (error: unknown) => (error instanceof StoreError ? error.failure.code : error),
  )
  return { answer: await read, seen }
}

describe('reading with a customer’s key', () => {
  it.each([
    ['an object under that key', () => ({ status: 200 }), 5, [true]],
    [
      'an object without one',
      (hasKey: boolean) => (hasKey ? { status: 400, code: 'InvalidRequest' } : { status: 200 }),
      5,
      [true, false],
    ],
    [
      'an object under another key',
      (hasKey: boolean) =>
        hasKey ? { status: 403, code: 'AccessDenied' } : { status: 400, code: 'InvalidRequest', message: SEALED },
      'CustomerKeyRefused',
      [true, false],
    ],
    ['what the login may not read', () => ({ status: 403, code: 'AccessDenied' }), 'AccessDenied', [true, false]],
    ['what is not there', () => ({ status: 404, code: 'NoSuchKey' }), 'NoSuchKey', [true]],
  ])('%s', async (_what, server, answer, seen) => {
    expect(await reading({ own }, server)).toEqual({ answer, seen })
  })
})

it('without a key, an encrypted object is reported with the missing key', async () => {
  const server = () => ({ status: 400, code: 'InvalidRequest', message: SEALED })
  expect(await reading({}, server)).toEqual({ answer: 'CustomerKeyMissing', seen: [false] })
})

it('a write with a key requests no other encryption', async () => {
  on = await stage(
    (_request, response) => void response.writeHead(404).end(errorXml('NoSuchConfiguration')),
    {},
    { customerKeys: { own } },
  )
  const { encryption } = await on.store.metadata.bucketRules({ bucket: 'b', signal: never })
  for (const algorithm of ['AES256', 'aws:kms', 'customer'] as const)
    expect(extrasOf({ properties: { encryption: { algorithm } } }, KEEP, encryption, 0)).toEqual({})
})
