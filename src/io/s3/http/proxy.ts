import type { SecureContext } from 'node:tls'
import { getProxyForUrl } from 'proxy-from-env'
import { type Dispatcher, Pool, ProxyAgent } from 'undici'
import { StoreError } from '../../../pipeline/ports/failure.js'
import { ownFailure } from '../answers/failure-kinds.js'

/** The trusted certificates, passed to every TLS connection. */
export interface Trust {
  readonly secureContext: SecureContext
  readonly rejectUnauthorized: boolean
}

interface Options {
  /** maximum number of sockets */
  readonly connections: number
  /** `timeout` in ms */
  readonly connect: Partial<Trust> & { readonly timeout: number }
}

/** The proxy for `endpoint` in the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY); undefined for none. */
export function proxyFor(endpoint: string): URL | undefined {
  const proxy = getProxyForUrl(endpoint)
  if (proxy === '') return undefined
  if (URL.canParse(proxy) && /^https?:/i.test(proxy)) return new URL(proxy)
  // The message omits the value: it may contain a password.
  const message = 'the proxy that the environment names is no http:// or https:// address'
  throw new StoreError(ownFailure('Connect', 'ProxyNotUsable', message, 'fatal'))
}

/** Sends requests to `origin` through a proxy: encrypted ones in a tunnel, plain ones with their absolute URL. */
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

/** Undici's own option (`proxyTunnel: false`) modifies its arguments, and does not support headers as a list. */
function wholeAddresses(proxy: URL, origin: string, options: Options): Dispatcher {
  const token = authorization(proxy)
  const added = token === undefined ? [] : ['proxy-authorization', token]
  return new Pool(proxy.origin, options).compose((dispatch) => (request, handler) => {
    const headers = Array.isArray(request.headers) ? request.headers.filter((item) => typeof item === 'string') : []
    return dispatch({ ...request, path: origin + request.path, headers: [...headers, ...added] }, handler)
  })
}

/** Undici would omit a login without a password. */
function authorization({ username, password }: URL): string | undefined {
  if (username === '') return undefined
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  return `Basic ${login}`
}
