import { BlockList, isIP } from 'node:net'

/** The list is separated by commas or white space. */
const SEPARATORS = /[\s,]+/

/**
 * Whether NO_PROXY excludes an endpoint. There is no standard; this accepts what curl, Go and Python accept: `*`; a host name, which stands
 * for its subdomains as well, with or without a leading `.` or `*.`; an IP address; a range (`10.0.0.0/8`); each name or address may have a
 * port.
 */
export function isExcluded(endpoint: URL, list: string): boolean {
  const host = bare(endpoint.hostname.toLowerCase())
  const port = endpoint.port === '' ? DEFAULT_PORTS[endpoint.protocol] : endpoint.port
  return list
    .toLowerCase()
    .split(SEPARATORS)
    .some((entry) => entry !== '' && matches(entry, host, port))
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

function matches(entry: string, host: string, port: string | undefined): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isInRange(host, entry)
  const [, name = entry, only] = isIP(entry) === 6 ? [] : (/^(.+?)(?::(\d+))?$/.exec(entry) ?? [])
  if (only !== undefined && only !== port) return false
  const domain = bare(name.replace(/^\*?\./, ''))
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`))
}

function isInRange(host: string, range: string): boolean {
  const [network = '', prefix = ''] = range.split('/')
  const [family, ofNetwork] = [isIP(host), isIP(bare(network))]
  const bits = Number(prefix)
  const isValid = /^\d+$/.test(prefix) && bits <= (ofNetwork === 4 ? 32 : 128)
  if (family === 0 || family !== ofNetwork || !isValid) return false
  const list = new BlockList()
  const type = family === 4 ? 'ipv4' : 'ipv6'
  list.addSubnet(bare(network), bits, type)
  return list.check(host, type)
}

/** Without the brackets of IPv6 addresses in URLs. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}
