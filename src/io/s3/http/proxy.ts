import type { SecureContext } from 'node:tls'
import { buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici'
import { StoreError } from '../../../pipeline/ports/failure.js'
import { ownFailure } from '../answers/failure-kinds.js'
import { ProxyError } from '../answers/proxy-errors.js'
import { isExcluded } from './no-proxy.js'

/** The trusted certificates, passed to every TLS connection. */
export interface Trust {
  readonly secureContext: SecureContext
  readonly rejectUnauthorized: boolean
}

interface Options {
  /** maximum number of sockets */
  readonly connections: number
  /** longest headers of an answer, bytes */
  readonly maxHeaderSize: number
  /** `timeout` in ms */
  readonly connect: Partial<Trust> & { readonly timeout: number }
}

type Env = Readonly<Record<string, string | undefined>>

/** The proxy for `endpoint` in the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY); undefined for none. */
export function proxyFor(endpoint: string, env: Env): URL | undefined {
  const url = new URL(endpoint)
  const [variable, written] = [`${url.protocol.slice(0, -1)}_proxy`, 'all_proxy']
    .map((name) => settingOf(name, env))
    .find(([, value]) => value !== '') ?? ['', '']
  if (written === '' || isExcluded(url, settingOf('no_proxy', env)[1])) return undefined
  // Without a scheme, as curl understands it.
  const address = written.includes('://') ? written : `http://${written}`
  if (URL.canParse(address) && /^https?:/i.test(address)) return new URL(address)
  // The message omits the value: it may contain a password.
  const problem = /^socks/i.test(address)
    ? 'names a SOCKS proxy; only http:// and https:// proxies are supported'
    : 'is not the address of an http:// or https:// proxy'
  throw new StoreError(ownFailure('Connect', 'ProxyNotUsable', `${variable} ${problem}`, 'fatal'))
}

/** A variable in lower or upper case, as written, and its value; the lower case wins, as for curl. */
function settingOf(name: string, env: Env): readonly [variable: string, value: string] {
  const variable = (env[name] ?? '') === '' ? name.toUpperCase() : name
  return [variable, env[variable] ?? '']
}

/** Sends requests to `origin` through a proxy: encrypted ones in a tunnel, plain ones with their absolute URL. */
export function openProxy(proxy: URL, origin: string, options: Options): Dispatcher {
  if (origin.startsWith('http:')) return wholeAddresses(proxy, origin, options)
  const token = authorization(proxy)
  return new ProxyAgent({
    uri: proxy.origin,
    ...(token === undefined ? {} : { token }),
    connections: options.connections,
    maxHeaderSize: options.maxHeaderSize,
    proxyTls: options.connect,
    requestTls: options.connect,
    clientFactory: (url) => new Pool(url, { connect: connectorTo(proxy, options), headersTimeout: options.connect.timeout }),
    // Undici would connect again and again if the proxy closes the connection instead of answering.
    factory: (to, { connect, ...others }: Pool.Options) =>
      new Pool(to, { ...others, ...(typeof connect === 'function' && { connect: blaming(proxy, connect, isOfTunnel) }) }),
  })
}

/** Undici's own option (`proxyTunnel: false`) modifies its arguments, and does not support headers as a list. */
function wholeAddresses(proxy: URL, origin: string, options: Options): Dispatcher {
  const token = authorization(proxy)
  const added = token === undefined ? [] : ['proxy-authorization', token]
  const pool = new Pool(proxy.origin, { ...options, connect: connectorTo(proxy, options) })
  return pool.compose((dispatch) => (request, handler) => {
    const headers = Array.isArray(request.headers) ? request.headers.filter((item) => typeof item === 'string') : []
    return dispatch({ ...request, path: origin + request.path, headers: [...headers, ...added] }, handler)
  })
}

/** Connects to the proxy itself. */
function connectorTo(proxy: URL, { connect }: Options): buildConnector.connector {
  return blaming(proxy, buildConnector(connect), () => true)
}

/** The same connector, whose errors name the proxy if they are its own. */
function blaming(proxy: URL, connect: buildConnector.connector, isOwn: (error: Error) => boolean): buildConnector.connector {
  return (options, callback) => {
    connect(options, (...result) => {
      const [error] = result
      if (error === null || !isOwn(error) || error instanceof ProxyError) callback(...result)
      else callback(new ProxyError(proxy.host, error), null)
    })
  }
}

/** Errors of a proxy that did not answer CONNECT, by undici's names and codes. */
function isOfTunnel(error: Error): boolean {
  return error.name === 'HTTPParserError' || ('code' in error && /^UND_ERR_(SOCKET|HEADERS_TIMEOUT)$/.test(String(error.code)))
}

/** Undici would omit a login without a password. */
function authorization({ username, password }: URL): string | undefined {
  if (username === '') return undefined
  const login = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')
  return `Basic ${login}`
}

/** A "%" that begins no code is left as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
