import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { listening } from './listening.js'

/** A server that ends each session token after a few requests, long before the time that the token says, and the service that issues them. */
export interface EndingTokens {
  /** `http://127.0.0.1:port`. It issues keys at `/keys`, in the format of a container's endpoint, and at `/process`. */
  readonly origin: string
  /** Tokens that signed at least one accepted request. */
  readonly used: Set<string>
  stop(): Promise<void>
}

const REFUSED = '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>'
const LATER = '2126-01-01T00:00:00Z'

/** @param uses how many requests a token is good for; `behind`: an endpoint that accepts any keys */
export async function startEndingTokens(behind: string, uses: number, accessKey: 'changes' | 'stays'): Promise<EndingTokens> {
  const used = new Set<string>()
  let issued = 1
  let left = uses

  const issue = (): Record<string, unknown> => {
    if (left === 0) {
      issued++
      left = uses
    }
    const AccessKeyId = accessKey === 'stays' ? 'ASIASAME' : `ASIA${issued}`
    return { AccessKeyId, SecretAccessKey: 'issued-secret-1', Expiration: LATER, token: `token-${issued}` }
  }

  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    const { hostname, port } = new URL(behind)
    const { method, url: path, headers } = request
    const onward = ask({ host: hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  }

  const server = createServer((request, response) => {
    if (request.url === '/keys' || request.url === '/process') {
      const { token, ...keys } = issue()
      const named = request.url === '/keys' ? { ...keys, Token: token } : { ...keys, Version: 1, SessionToken: token }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(named))
      return
    }
    const token = String(request.headers['x-amz-security-token'])
    if (left > 0 && token === `token-${issued}`) {
      left--
      used.add(token)
      pass(request, response)
      return
    }
    // As AWS does: the answer to a HEAD does not say why.
    request.resume()
    request.on('end', () => response.writeHead(400).end(request.method === 'HEAD' ? undefined : REFUSED))
  })
  const origin = `http://127.0.0.1:${await listening(server)}`
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { origin, used, stop }
}
