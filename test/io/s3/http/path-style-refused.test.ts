import { afterEach, describe, expect, it } from '@jest/globals'
import { createServer, type Server } from 'node:http'
import { openStore, type S3Store } from '../../../../src/io/s3/store.js'
import { listening } from '../../../support/listening.js'
import { errorXml, never } from './server.js'

let server: Server | undefined
let store: S3Store | undefined
afterEach(() => {
  store?.close()
  server?.close()
  Reflect.deleteProperty(process.env, 'HTTP_PROXY')
})

/** A provider at `http://store.test`, reached through a proxy, that refuses a bucket in the path with this code. */
async function givenProvider(code: string): Promise<{ readonly store: S3Store; readonly asked: string[] }> {
  const asked: string[] = []
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`)
    const isAllowed = new URL(request.url ?? '').hostname === 'media.store.test'
    if (isAllowed) response.writeHead(200, { 'content-length': '0', etag: '"e"' }).end()
    else response.writeHead(403).end(request.method === 'HEAD' ? undefined : errorXml(code))
  })
  process.env['HTTP_PROXY'] = `http://127.0.0.1:${await listening(server)}`
  const keys = { accessKeyId: 'key', secretAccessKey: 'secret', region: 'us-east-1' }
  store = await openStore({ name: 'test', endpoint: 'http://store.test', ...keys }, { sockets: 2 })
  return { store, asked }
}

describe('a provider that accepts buckets only in the host name', () => {
  it.each([
    ['Alibaba Cloud OSS', 'SecondLevelDomainForbidden'],
    ['Tencent COS', 'PathStyleDomainForbidden'],
    ['Huawei OBS', 'VirtualHostDomainRequired'],
  ])('%s is found out, even if the first request is a HEAD, which is not told why', async (_who, code) => {
    const { store, asked } = await givenProvider(code)
    expect(await store.headBucket({ bucket: 'media', signal: never })).toBe('exists')
    expect(await store.head({ bucket: 'media', key: 'k', signal: never })).toMatchObject({ size: 0 })
    expect(asked).toEqual([
      'HEAD http://store.test/media',
      'GET http://store.test/media?location=',
      'HEAD http://media.store.test/',
      'HEAD http://media.store.test/k',
    ])
  })
})

it('a HEAD that is denied for another reason costs one more request, once', async () => {
  const { store, asked } = await givenProvider('AccessDenied')
  for (const key of ['a', 'b', 'c'])
    await expect(store.head({ bucket: 'media', key, signal: never })).rejects.toMatchObject({ failure: { code: 'AccessDenied' } })
  expect(asked.filter((line) => line.startsWith('GET'))).toEqual(['GET http://store.test/media?location='])
})
