import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { CERTIFICATE, CERTIFICATE_KEY } from '../io/s3/http/certificate.js'
import { listening } from './listening.js'

/** The sender of a request, according to its signature. */
export interface Seen {
  /** `nobody` for an unsigned request. */
  readonly key: string
  readonly region: string
  readonly token: string | undefined
}

/** A proxy in front of an endpoint, optionally with TLS, that records who sends requests. The endpoint must accept any keys. */
export interface Gate {
  /** `http(s)://127.0.0.1:port` */
  readonly origin: string
  /** Each login once, in the order of arrival. */
  seen(): Seen[]
  stop(): Promise<void>
}

const SCOPE = /Credential=([^/]+)\/\d{8}\/([^/]+)\/s3\//

export async function startGate(behind: string, { secure }: { readonly secure: boolean }): Promise<Gate> {
  const { hostname, port } = new URL(behind)
  const seen = new Map<string, Seen>()
  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    const [, key = 'nobody', region = ''] = SCOPE.exec(request.headers.authorization ?? '') ?? []
    const token = request.headers['x-amz-security-token']
    const one: Seen = { key, region, token: typeof token === 'string' ? token : undefined }
    seen.set(JSON.stringify(one), one)
    const onward = ask(
      { host: hostname, port, method: request.method, path: request.url, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  }
  const server = secure ? createSecureServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, pass) : createServer(pass)
  const origin = `${secure ? 'https' : 'http'}://127.0.0.1:${await listening(server)}`
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { origin, seen: () => [...seen.values()], stop }
}
