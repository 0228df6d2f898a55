import { createHmac, hash } from 'node:crypto'

/** Keys to sign with. Plain secrets: never put them into an event, a log or JSON. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Keys that may expire. */
export interface Identity extends Credentials {
  readonly expiration?: Date
}

/**
 * Headers as on the wire: name, value, name, value… Names in lower case, one character for each byte of a value. A flat list, because a
 * pair for each header of each request would burden the garbage collector.
 */
export type Headers = readonly string[]

/** The parts of a request that are signed. `path` and `query` as on the wire; `query` sorted, as {@link queryOf} returns it. */
export interface Signable {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Headers
}

/** Replaces a body's hash: TLS, its MD5 and its ETag protect the body (S3 API reference, "UNSIGNED-PAYLOAD"). */
export const UNSIGNED = 'UNSIGNED-PAYLOAD'
/** The hash of an empty body. */
export const EMPTY = hash('sha256', '')

/** Headers that proxies may change or add; signing them would break the request (the same list as the SDK's). */
const NOT_SIGNED = new Set([
  ...['authorization', 'cache-control', 'connection', 'expect', 'from', 'keep-alive', 'max-forwards', 'pragma', 'referer'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'user-agent', 'x-amzn-trace-id'],
])

/** Signs requests to S3 in one region (AWS Signature Version 4, "Authenticating Requests: Using the Authorization Header"). */
export class Signer {
  private key: { readonly secret: string; readonly day: string; readonly bytes: Buffer } | undefined
  private time: { readonly second: number; readonly date: string } = { second: -1, date: '' }

  constructor(private readonly region: string) {}

  /** Adds the signature to the headers of a request. `payload`: the body's SHA-256 in hex, or {@link UNSIGNED}. `now`: ms since the epoch. */
  sign({ method, path, query, headers: given }: Signable, payload: string, credentials: Credentials, now: number): string[] {
    const date = this.dateOf(now)
    const day = date.slice(0, 8)
    const headers = [...given, 'x-amz-content-sha256', payload, 'x-amz-date', date]
    if (credentials.sessionToken !== undefined) headers.push('x-amz-security-token', credentials.sessionToken)
    const { names, lines } = canonicalHeaders(headers)
    const canonical = `${method}\n${path}\n${query}\n${lines}\n${names}\n${payload}`
    const scope = `${day}/${this.region}/s3/aws4_request`
    const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash('sha256', Buffer.from(canonical, 'latin1'))}`
    const signature = createHmac('sha256', this.keyOf(credentials.secretAccessKey, day)).update(toSign).digest('hex')
    const credential = `${credentials.accessKeyId}/${scope}`
    headers.push('authorization', `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`)
    return headers
  }

  /** The signing key for a day: caching it saves four HMACs for each request. */
  private keyOf(secret: string, day: string): Buffer {
    if (this.key?.secret !== secret || this.key.day !== day) {
      const bytes = [day, this.region, 's3', 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${secret}`))
      this.key = { secret, day, bytes }
    }
    return this.key.bytes
  }

  /** `20261124T041500Z`; formatted once a second. */
  private dateOf(now: number): string {
    const second = Math.floor(now / 1000)
    if (this.time.second !== second) {
      this.time = { second, date: `${new Date(second * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z` }
    }
    return this.time.date
  }
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

/** Sorted by name. Insertion sort: there are only a few headers, and similar requests have them in the same order. */
function canonicalHeaders(headers: Headers): { names: string; lines: string } {
  const sorted: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (NOT_SIGNED.has(name)) continue
    let at = sorted.length
    for (let before = sorted[at - 2]; before !== undefined && before > name; before = sorted[at - 2]) at -= 2
    if (at === sorted.length) sorted.push(name, headers[i + 1] ?? '')
    else sorted.splice(at, 0, name, headers[i + 1] ?? '')
  }
  let [names, lines] = ['', '']
  for (let i = 0; i < sorted.length; i += 2) {
    const name = sorted[i] ?? ''
    names += i === 0 ? name : `;${name}`
    lines += `${name}:${trimmed(sorted[i + 1] ?? '')}\n`
  }
  return { names, lines }
}

/** Removes white space at both ends and reduces it to one space elsewhere. */
function trimmed(value: string): string {
  return SPACES.test(value) ? value.trim().replace(/\s+/g, ' ') : value
}
const SPACES = /^\s|\s$|\s\s|[\t\r\n\f\v]/

const PLAIN = /^[A-Za-z0-9\-._~/]*$/

/**
 * A key as a path: UTF-8, percent-encoded except for unreserved characters and `/`. Dots and double slashes are unchanged: they are part of
 * the key.
 */
export function encodePath(key: string): string {
  return PLAIN.test(key) ? key : encodePart(key).replaceAll('%2F', '/')
}

/** Percent-encodes all but RFC 3986's unreserved characters. */
export function encodePart(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** A query in the order that signatures require; undefined parameters are omitted. */
export function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : [[encodePart(name), encodePart(String(value))] as const]))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}
