import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import type { Connection } from '../../../../src/io/connection.js'
import { openStore } from '../../../../src/io/s3/store.js'
import { StoreError } from '../../../../src/pipeline/ports/failure.js'
import { advise } from '../../../../src/reporters/error-advice.js'
import { CERTIFICATE, CERTIFICATE_KEY, EXPIRED_CERTIFICATE, FUTURE_CERTIFICATE, OTHER_CERTIFICATE } from './certificate.js'
import { never } from './server.js'

/** Why an endpoint can't be reached over TLS or through a proxy is told in words, and each reason has a way out. */

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'AWS_CA_BUNDLE', 'SSL_CERT_FILE']
const closing: (() => unknown)[] = []
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 's3-sync-ca-'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  for (const name of VARIABLES) Reflect.deleteProperty(process.env, name)
  rmSync(directory, { recursive: true })
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const secured = (cert: string): Promise<number> =>
  listen(https.createServer({ cert, key: CERTIFICATE_KEY }, (_request, response) => response.end()))

/** A proxy that does this with each connection as soon as it is asked. */
async function proxy(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => answer(socket))
    closing.unshift(() => socket.destroy())
  })
  return `127.0.0.1:${await listen(server)}`
}

function file(content: string | Buffer): string {
  const path = join(directory, 'ca.pem')
  writeFileSync(path, content)
  return path
}

async function failure(endpoint: string, more: Partial<Connection> = {}): Promise<StoreError['failure']> {
  const keys = { region: 'us-east-1', accessKeyId: 'key', secretAccessKey: 'secret' }
  const timeouts = { connectMs: 300, quietMs: 5_000 }
  try {
    const store = await openStore({ name: 'test', endpoint, ...keys, ...more }, { sockets: 2, timeouts })
    closing.unshift(() => store.close())
    await store.head({ bucket: 'bucket', key: 'k', signal: never })
  } catch (thrown) {
    if (thrown instanceof StoreError) return thrown.failure
    throw thrown
  }
  throw new Error('it was reached')
}

/** What a person reads. */
const read = (told: StoreError['failure']): string => advise(told, { endpoint: 'https://s3.example', connection: 'a' }).what

describe('the certificate of an endpoint', () => {
  it.each([
    ['is signed by nobody known', CERTIFICATE, 'CertificateUntrusted', /is not trusted: self-signed certificate\./],
    ['has expired', EXPIRED_CERTIFICATE, 'CertificateExpired', /^The certificate of https:\/\/s3\.example has expired\./],
    ['is not valid yet', FUTURE_CERTIFICATE, 'CertificateNotYetValid', /is not valid yet\./],
  ])('%s', async (_what, certificate, code, words) => {
    const caFile = code === 'CertificateUntrusted' ? {} : { caFile: file(certificate) }
    const told = await failure(`https://127.0.0.1:${await secured(certificate)}`, caFile)
    expect(told).toMatchObject({ code, kind: 'fatal' })
    expect(read(told)).toMatch(words)
  })

  it.each([
    ['directly', false],
    ['through a tunnel', true],
  ])('is for another host, %s', async (_what, tunnelled) => {
    const port = await secured(OTHER_CERTIFICATE)
    const open = await proxy((socket) => {
      const onward = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
      socket.pipe(onward).pipe(socket)
      onward.on('error', () => socket.destroy())
      socket.on('close', () => onward.destroy())
    })
    if (tunnelled) process.env['HTTPS_PROXY'] = `http://${open}`
    const told = await failure(`https://localhost:${port}`, { caFile: file(OTHER_CERTIFICATE) })
    expect(told).toMatchObject({ code: 'CertificateWrongHost', kind: 'fatal' })
    expect(read(told)).toMatch(/^The certificate of https:\/\/s3\.example is for another host: .*altnames/)
  })
})

describe('a CA file', () => {
  it.each<[string, () => string, RegExp]>([
    ['does not exist', () => join(directory, 'nowhere.pem'), /^The CA file \S+nowhere\.pem does not exist\./],
    ['is a directory', () => directory, /^The CA file \S+ is a directory\./],
    [
      'is in DER format',
      () => file(new X509Certificate(CERTIFICATE).raw),
      /ca\.pem is in DER format, not PEM; convert it: openssl x509/,
    ],
    ['holds no certificate', () => file(CERTIFICATE_KEY), /ca\.pem contains no certificate in PEM format\./],
    ['is damaged', () => file(CERTIFICATE.replace('MII', '!!!')), /ca\.pem contains a damaged certificate\./],
  ])('%s', async (_what, make, words) => {
    const caFile = make()
    const told = await failure('https://127.0.0.1:9', { caFile })
    expect(told).toMatchObject({ code: 'CaFileNotUsable', kind: 'fatal' })
    expect(read(told)).toMatch(words)
    process.env['AWS_CA_BUNDLE'] = caFile
    expect(read(await failure('https://127.0.0.1:9'))).toContain('(AWS_CA_BUNDLE)')
  })

  it('of the environment does not matter without TLS', async () => {
    process.env['SSL_CERT_FILE'] = '/nowhere'
    expect(await failure('http://127.0.0.1:9')).toMatchObject({ code: 'ConnectionRefused' })
  })
})

describe.each([
  ['https', 'HTTPS_PROXY'],
  ['http', 'HTTP_PROXY'],
])('for an %s endpoint, the proxy', (scheme, variable) => {
  const through = (address: string): Promise<StoreError['failure']> => {
    process.env[variable] = address
    return failure(`${scheme}://s3.example.test`)
  }

  it('refuses the connection', async () => {
    const told = await through('http://clerk:s3cr3t@127.0.0.1:9')
    expect(told).toMatchObject({ code: 'ProxyNotReached', kind: 'transient' })
    expect(read(told)).toBe('The proxy 127.0.0.1:9 refused the connection.')
  })

  it('has no such name', async () => {
    const told = await through('http://proxy.invalid:3128')
    expect(read(told)).toBe("The proxy proxy.invalid:3128 has a host name that can't be resolved.")
  })

  it('has a certificate that is not trusted', async () => {
    const told = await through(`https://127.0.0.1:${await secured(CERTIFICATE)}`)
    expect(told).toMatchObject({ code: 'ProxyNotReached', kind: 'fatal' })
    expect(read(told)).toMatch(/^The proxy 127\.0\.0\.1:\d+ has a certificate that can't be trusted: self-signed certificate\./)
  })

  it('speaks no TLS', async () => {
    const told = await through(`https://${await proxy((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))}`)
    expect(read(told)).toMatch(/^The proxy \S+ does not use TLS: write its address with http:\/\/\./)
  })
})

describe('the proxy of a tunnel', () => {
  it.each<[string, (socket: Socket) => void, RegExp]>([
    ['closes the connection', (socket) => socket.end(), /^The proxy \S+ closed the connection\./],
    ['does not answer', () => undefined, /^The proxy \S+ did not answer\./],
    [
      'answers something else',
      (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
      /^The proxy \S+ does not answer as a proxy does/,
    ],
    ['requires a login', (socket) => socket.end('HTTP/1.1 407 No\r\n\r\n'), /^The proxy requires a login/],
    [
      'denies the endpoint',
      (socket) => socket.end('HTTP/1.1 403 No\r\n\r\n'),
      /^The proxy did not connect to \S+: the proxy answered 403\./,
    ],
  ])('%s', async (_what, answer, words) => {
    process.env['HTTPS_PROXY'] = `http://${await proxy(answer)}`
    expect(read(await failure('https://s3.example.test'))).toMatch(words)
  })
})
