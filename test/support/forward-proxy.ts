import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { CERTIFICATE, CERTIFICATE_KEY } from '../io/s3/http/certificate.js'
import { listening } from './listening.js'

export interface ForwardProxyOptions {
  /** The `user:password` that it requires; absent: none. */
  readonly login?: string
  /** Speaks TLS, with the certificate of the tests. */
  readonly secure?: boolean
}

/** A forward proxy for HTTPS_PROXY and HTTP_PROXY: CONNECT for tunnels, absolute URLs for the rest. Every host resolves to this machine. */
export interface ForwardProxy {
  /** `http://[user:password@]127.0.0.1:port`, or `https://[…]localhost:port`, the name in its certificate. */
  readonly url: string
  /** The requested hosts, `host:port`, except refused ones. */
  readonly asked: Set<string>
  stop(): Promise<void>
}

const HERE = '127.0.0.1'
const REFUSED = { 'proxy-authenticate': 'Basic realm="tests"', 'content-length': '0' }

export async function startForwardProxy({ login, secure = false }: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const asked = new Set<string>()
  const open = new Set<Duplex>()
  const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`
  const mayPass = ({ headers }: IncomingMessage): boolean => expected === undefined || headers['proxy-authorization'] === expected

  const forward = (request: IncomingMessage, response: ServerResponse): void => {
    if (!mayPass(request)) return void response.writeHead(407, REFUSED).end()
    const { host, port, pathname, search } = new URL(request.url ?? '')
    asked.add(host)
    const { 'proxy-authorization': _own, ...headers } = request.headers
    const onward = ask({ host: HERE, port, method: request.method, path: pathname + search, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  }

  const tunnel = (request: IncomingMessage, socket: Duplex, first: Buffer): void => {
    socket.on('error', () => socket.destroy())
    if (!mayPass(request)) {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="tests"\r\nContent-Length: 0\r\n\r\n',
      )
      return
    }
    const host = request.url ?? ''
    asked.add(host)
    const onward: Socket = connect(Number(host.split(':').at(-1)), HERE, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.write(first)
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [socket, onward]) open.add(end)
    onward.on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  }

  const server = secure ? createSecureServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, forward) : createServer(forward)
  server.on('connect', tunnel)
  const port = await listening(server)
  const stop = async (): Promise<void> => {
    for (const end of open) end.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const scheme = secure ? 'https' : 'http'
  const encoded = login === undefined ? '' : `${login.split(':').map(encodeURIComponent).join(':')}@`
  return { url: `${scheme}://${encoded}${secure ? 'localhost' : HERE}:${port}`, asked, stop }
}
