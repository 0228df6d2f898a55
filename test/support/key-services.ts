import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { text } from 'node:stream/consumers'
import { CERTIFICATE, CERTIFICATE_KEY } from '../io/s3/http/certificate.js'
import { listening } from './listening.js'

/** Replaces AWS's services that issue keys: STS (AssumeRole, AssumeRoleWithWebIdentity), SSO's portal and a container's endpoint. */
export interface KeyServices {
  /** `http(s)://127.0.0.1:port` */
  readonly origin: string
  /** The requests: `AssumeRole arn:… by KEY`, `AssumeRoleWithWebIdentity arn:… TOKEN`, `SSO role account TOKEN`, `container TOKEN`. */
  readonly asked: string[]
  stop(): Promise<void>
}

/** The keys that each service issues. */
export const HANDED_OUT = {
  AssumeRole: { key: 'ASIAROLE', token: 'token-of-role' },
  AssumeRoleWithWebIdentity: { key: 'ASIAWEB', token: 'token-of-web' },
  SSO: { key: 'ASIASSO', token: 'token-of-sso' },
  container: { key: 'ASIACONTAINER', token: 'token-of-container' },
} as const

const LATER = '2126-01-01T00:00:00Z'
const SECRET = 'handed-out-secret-77'

export async function startKeyServices({ secure }: { readonly secure: boolean }): Promise<KeyServices> {
  const asked: string[] = []
  const json = (response: ServerResponse, value: unknown): void =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))

  const sts = (request: IncomingMessage, form: URLSearchParams, response: ServerResponse): void => {
    const action = form.get('Action') === 'AssumeRole' ? 'AssumeRole' : 'AssumeRoleWithWebIdentity'
    const [, caller = 'nobody'] = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '') ?? []
    const by = action === 'AssumeRole' ? `by ${caller}` : (form.get('WebIdentityToken') ?? '')
    asked.push(`${action} ${form.get('RoleArn') ?? ''} ${by}`)
    const { key, token } = HANDED_OUT[action]
    const keys = `<AccessKeyId>${key}</AccessKeyId><SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>${token}</SessionToken>`
    response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(
        `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>` +
          `<Credentials>${keys}<Expiration>${LATER}</Expiration></Credentials></${action}Result></${action}Response>`,
      )
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://here')
    if (pathname === '/container') {
      asked.push(`container ${request.headers.authorization ?? ''}`)
      const { key, token } = HANDED_OUT.container
      json(response, { AccessKeyId: key, SecretAccessKey: SECRET, Token: token, Expiration: LATER })
    } else if (pathname === '/federation/credentials') {
      const [role, account] = [searchParams.get('role_name') ?? '', searchParams.get('account_id') ?? '']
      asked.push(`SSO ${role} ${account} ${String(request.headers['x-amz-sso_bearer_token'])}`)
      const { key, token } = HANDED_OUT.SSO
      const keys = { accessKeyId: key, secretAccessKey: SECRET, sessionToken: token, expiration: Date.parse(LATER) }
      json(response, { roleCredentials: keys })
    } else sts(request, new URLSearchParams(await text(request)), response)
  }

  const serve = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response)
  const server = secure ? createSecureServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, serve) : createServer(serve)
  const origin = `${secure ? 'https' : 'http'}://127.0.0.1:${await listening(server)}`
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { origin, asked, stop }
}
