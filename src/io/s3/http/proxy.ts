import type { SecureContext } from 'node:tls'
import { getProxyForUrl } from 'proxy-from-env'
import { type Dispatcher, Pool, ProxyAgent } from 'undici'
import { StoreError } from '../../../pipeline/ports/failure.js'
import { ownFailure } from '../answers/failure-kinds.js'

/** Which certificates are trusted: passed to every TLS connection. */
export interface Trust {
  readonly secureContext: SecureContext
  readonly rejectUnauthorized: boolean
}

interface Options {
  /** sockets at most */
  readonly connections: number
  /** `timeout` in ms */
  readonly connect: Partial<Trust> & { readonly timeout: number }
}

/** The proxy that the environment names for `endpoint` (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY); undefined for none. */
export function proxyFor(endpoint: string): URL | undefined {
  const proxy = getProxyForUrl(endpoint)
  if (proxy === '') return undefined
  if (URL.canParse(proxy) && /^https?:/i.test(proxy)) return new URL(proxy)
  // Not the value itself: it may hold a password.
  const message = 'the proxy that the environment names is no http:// or https:// address'
  throw new StoreError(ownFailure('Connect', 'ProxyNotUsable', message, 'fatal'))
}

/** Requests to `origin` through a proxy: tunnelled where they are encrypted, else handed to it with their whole address. */
export function openProxy(proxy: URL, origin: string, options: Options): Dispatcher {
  if (origin.startsWith('http:')) return wholeAddresses(proxy, origin, options)
  const token = authorization(proxy)
  return new ProxyAgent({
    uri: proxy.origin,
    ...(token === undefined ? {} : { token }),
    connections: options.connections,
    proxyTls: options.connect,
    requestTls: options.connect,
  })
}

/** Undici's own way (`proxyTunnel: false`) changes the options it was given, and knows no list of headers. */
function wholeAddresses(proxy: URL, origin: string, options: Options): Dispatcher {
  const token = authorization(proxy)
  const added = token === undefined ? [] : ['proxy-authorization', token]
  return new Pool(proxy.origin, options).compose((dispatch) => (request, handler) => {
    const headers = Array.isArray(request.headers) ? request.headers.filter((item) => typeof item === 'string') : []
    return dispatch({ ...request, path: origin + request.path, headers: [...headers, ...added] }, handler)
  })
}

/** Undici itself would leave out a login without a password. */
function authorization({ username, password }: URL): string | undefined {
  if (username === '') return undefined
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  return `Basic ${login}`
}
