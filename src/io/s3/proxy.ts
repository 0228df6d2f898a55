import { HttpProxyAgent } from 'http-proxy-agent'
import { HttpsProxyAgent } from 'https-proxy-agent'
import type { Agent } from 'node:http'
import type { AgentOptions } from 'node:https'
import { getProxyForUrl } from 'proxy-from-env'
import { StoreError } from '../../pipeline/errors.js'
import { ownFailure } from './failures.js'

/** The proxy that the environment names for `endpoint` (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY); undefined for none. */
export function proxyFor(endpoint: string): string | undefined {
  const proxy = getProxyForUrl(endpoint)
  if (proxy === '') return undefined
  if (URL.canParse(proxy) && /^https?:/i.test(proxy)) return proxy
  // Not the value itself: it may hold a password.
  const message = 'the proxy that the environment names is no http:// or https:// address'
  throw new StoreError(ownFailure('Connect', 'ProxyNotUsable', message, 'fatal'))
}

/** Requests to plain-http endpoints through a proxy. */
export function throughProxy(proxy: string, pool: AgentOptions): Agent {
  return new ExactPaths(proxy, pool)
}

/** Tunnels to https endpoints. The agent itself gives `trust` to a proxy that speaks TLS, not to the endpoint behind it. */
export function tunnel(proxy: string, pool: AgentOptions, trust: AgentOptions): Agent {
  return Object.assign(new HttpsProxyAgent(proxy, { ...pool, ...trust }), { options: { path: undefined, ...trust } })
}

/** The library reads the path as a URL's, which turns the key `a/../b` into `b` and the signature into a wrong one. */
class ExactPaths extends HttpProxyAgent<string> {
  override setRequestProps(...[request, options]: Parameters<HttpProxyAgent<string>['setRequestProps']>): void {
    const { path } = request
    request.path = '/'
    super.setRequestProps(request, options)
    request.path = request.path.slice(0, -1) + path
  }
}
