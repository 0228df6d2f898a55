import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { connect, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import type { Connection } from '../../../../src/io/connection.js'
import { openStore } from '../../../../src/io/s3/store.js'
import { StoreError } from '../../../../src/pipeline/ports/failure.js'
import { CERTIFICATE, CERTIFICATE_KEY, EXPIRED_CERTIFICATE } from './certificate.js'
import { never } from './server.js'

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']
const kept = new Map([...PROXIES, 'AWS_CA_BUNDLE', 'SSL_CERT_FILE'].map((name) => [name, process.env[name]]))
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  for (const [name, value] of kept) {
    if (value === undefined) Reflect.deleteProperty(process.env, name)
    else process.env[name] = value
  }
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const found: http.RequestListener = (_request, response) => response.writeHead(200, { 'content-length': '3', etag: '"e"' }).end()

/** An S3 server with an untrusted certificate; returns its port. */
function secured(): Promise<number> {
  return listen(https.createServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, found))
}

/** A proxy that answers plain requests itself, tunnels every CONNECT to `port`, and records its requests. */
async function proxy(port = 0): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '')
    asked.push(request.headers['proxy-authorization'] ?? 'nobody')
    found(request, response)
  })
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url ?? ''}`)
    const behind = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(behind).pipe(socket)
    })
    behind.on('error', () => socket.destroy())
    socket.on('error', () => behind.destroy())
  })
  return { url: `http://user:p%40ss@127.0.0.1:${await listen(server)}`, asked }
}

async function head(endpoint: string, key: string, more: Partial<Connection> = {}): Promise<number> {
  const connection = { name: 'test', endpoint, region: 'us-east-1', accessKeyId: 'key', secretAccessKey: 'secret', ...more }
  const store = await openStore(connection, { sockets: 2 })
  closing.unshift(() => store.close())
  return (await store.head({ bucket: 'bucket', key, signal: never })).size
}

async function caFile(content: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 's3-sync-ca-'))
  closing.push(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'ca.pem'), content)
  return join(directory, 'ca.pem')
}

describe('a certificate of a private authority', () => {
  it('is not trusted', async () => {
    await expect(head(`https://127.0.0.1:${await secured()}`, 'k')).rejects.toThrow(StoreError)
  })

  it('is trusted when its authority is named', async () => {
    const endpoint = `https://127.0.0.1:${await secured()}`
    expect(await head(endpoint, 'k', { caFile: await caFile(CERTIFICATE) })).toBe(3)
  })

  it.each(['AWS_CA_BUNDLE', 'SSL_CERT_FILE'])('is trusted when %s names its authority', async (variable) => {
    process.env[variable] = await caFile(CERTIFICATE)
    expect(await head(`https://127.0.0.1:${await secured()}`, 'k')).toBe(3)
  })

  it('is trusted when the environment names another authority than the connection', async () => {
    process.env['AWS_CA_BUNDLE'] = await caFile(EXPIRED_CERTIFICATE)
    expect(await head(`https://127.0.0.1:${await secured()}`, 'k', { caFile: await caFile(CERTIFICATE) })).toBe(3)
  })

  it('is accepted when any certificate is', async () => {
    expect(await head(`https://127.0.0.1:${await secured()}`, 'k', { insecure: true })).toBe(3)
  })

  it.each([
    ['is not trusted', () => Promise.resolve({}), false],
    ['is trusted when its authority is named', async () => ({ caFile: await caFile(CERTIFICATE) }), true],
    ['is accepted when any is', () => Promise.resolve({ insecure: true }), true],
  ])('behind a proxy %s', async (_what, connection, trusted) => {
    const { url, asked } = await proxy(await secured())
    process.env['HTTPS_PROXY'] = url
    const answer = head('https://s3.example.test', 'k', { pathStyle: true, ...(await connection()) })
    if (trusted) expect(await answer).toBe(3)
    else await expect(answer).rejects.toThrow(StoreError)
    expect(asked).toEqual(['CONNECT s3.example.test:443'])
  })
})

/** Parsing the known authorities takes 20 ms and 2 MB: once is enough for any number of sockets. */
describe('authorities are read once for all sockets of a connection', () => {
  it.each([
    ['with ca-file', true, false],
    ['with ca-file, through a proxy', true, true],
    ['without one', false, false],
  ])('%s', async (_what, named, proxied) => {
    const slow = https.createServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, (request, response) => {
      setTimeout(() => found(request, response), 50)
    })
    let sockets = 0
    slow.on('connection', () => sockets++)
    const port = await listen(slow)
    if (proxied) process.env['HTTPS_PROXY'] = (await proxy(port)).url
    const trust = named ? { caFile: await caFile(CERTIFICATE) } : { insecure: true }
    const endpoint = `https://127.0.0.1:${port}`
    const keys = { region: 'us-east-1', accessKeyId: 'key', secretAccessKey: 'secret' }
    // The server created one when it started to listen, before this.
    const parsed = jest.spyOn(tls, 'createSecureContext')
    const store = await openStore({ name: 'test', endpoint, ...keys, ...trust }, { sockets: 12 })
    closing.unshift(() => store.close())
    const asked = Array.from({ length: 12 }, (_, i) => store.head({ bucket: 'bucket', key: `k${i}`, signal: never }))
    await Promise.all(asked)
    expect(parsed).toHaveBeenCalledTimes(1)
    expect(sockets).toBe(12)
    parsed.mockRestore()
  })
})

describe('a proxy named by the environment', () => {
  it.each([
    ['plain', '/bucket/plain'],
    ['a/../b', '/bucket/a/../b'],
    ['./c', '/bucket/./c'],
    ['/lead', '/bucket//lead'],
    ['über?#', '/bucket/%C3%BCber%3F%23'],
  ])('receives %j as %s, with its login', async (key, path) => {
    const { url, asked } = await proxy()
    process.env['HTTP_PROXY'] = url
    expect(await head('http://s3.example.test', key, { pathStyle: true })).toBe(3)
    const login = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    expect(asked).toEqual([`http://s3.example.test${path}`, login])
  })

  it('receives a virtual host and its port, whatever the key begins with', async () => {
    const { url, asked } = await proxy()
    process.env['HTTP_PROXY'] = url
    expect(await head('http://s3.example.test:9000', '/lead', { pathStyle: false })).toBe(3)
    expect(asked[0]).toBe('http://bucket.s3.example.test:9000//lead')
  })

  it('is not used if NO_PROXY excludes the host', async () => {
    const { url, asked } = await proxy()
    process.env['HTTP_PROXY'] = url
    process.env['NO_PROXY'] = '127.0.0.1'
    const port = await listen(http.createServer(found))
    expect(await head(`http://127.0.0.1:${port}`, 'k')).toBe(3)
    expect(asked).toEqual([])
  })

  it.each([
    ['HTTP_PROXY', 'http://user:s3cr3t@@:x', 'HTTP_PROXY is not the address of an http:// or https:// proxy'],
    [
      'all_proxy',
      'socks5h://user:s3cr3t@127.0.0.1:1080',
      'all_proxy names a SOCKS proxy; only http:// and https:// proxies are supported',
    ],
  ])('that can’t be used is reported without its password: %s=%s', async (variable, url, message) => {
    process.env[variable] = url
    const error: unknown = await head('http://s3.example.test', 'k').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ failure: { code: 'ProxyNotUsable', kind: 'fatal', message } })
    expect(String(error)).not.toContain('s3cr3t')
  })

  it.each([
    ['percent-encoded', 'us%40er:p%3A%25ss', 'us@er:p:%ss'],
    ['beyond ASCII', 'j%C3%BCrgen:%E5%AF%86', 'jürgen:密'],
    ['a stray percent sign', 'user:100%', 'user:100%'],
    ['a name alone', 'user', 'user:'],
  ])('gets a login: %s', async (_what, written, login) => {
    const { url, asked } = await proxy()
    process.env['HTTP_PROXY'] = url.replace('user:p%40ss', written)
    expect(await head('http://s3.example.test', 'k')).toBe(3)
    expect(asked[1]).toBe(`Basic ${Buffer.from(login).toString('base64')}`)
  })

  it.each([
    ['http_proxy', { http_proxy: 'here', HTTP_PROXY: 'http://127.0.0.1:9' }],
    ['ALL_PROXY', { ALL_PROXY: 'here' }],
    ['a value without a scheme', { HTTP_PROXY: 'bare' }],
  ])('is named by %s', async (_what, variables) => {
    const { url, asked } = await proxy()
    for (const [name, value] of Object.entries(variables))
      process.env[name] = value === 'here' ? url : value === 'bare' ? url.replace('http://', '') : value
    expect(await head('http://s3.example.test', 'k')).toBe(3)
    expect(asked[0]).toBe('http://s3.example.test/bucket/k')
  })
})

describe('headers of an answer', () => {
  it.each([
    ['directly', false],
    ['through a tunnel', true],
  ])('above 16 KiB are read %s', async (_what, tunnelled) => {
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`x-amz-meta-${i}`, 'v'.repeat(2_000)]))
    const server = https.createServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, (_request, response) => {
      response.writeHead(200, { ...metadata, 'content-length': '3', etag: '"e"' }).end()
    })
    const port = await listen(server)
    if (tunnelled) process.env['HTTPS_PROXY'] = (await proxy(port)).url
    expect(await head(`https://127.0.0.1:${port}`, 'k', { insecure: true })).toBe(3)
  })
})
