import { hash } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Body, Content } from '../../../pipeline/ports/objects.js'
import { type Answer, type AnswerHeaders, headerOf } from '../answers/answer.js'
import { refusalOf, regionIn } from '../answers/error-response.js'
import { PATH_STYLE_REFUSED } from '../quirks.js'
import { ServerClock } from '../answers/server-clock.js'
import type { Login } from './credentials.js'
import type { Addresses } from './endpoint-address.js'
import { type Credentials, EMPTY, encodePath, type Headers, Signer, UNSIGNED } from './sigv4.js'
import type { Transport } from './transport.js'

/** A request to S3, before it is addressed and signed. */
export interface S3Request {
  readonly operation: string
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Absent for requests that concern no bucket. */
  readonly bucket?: string
  /** Absent for requests that concern the whole bucket. */
  readonly key?: string
  /** As {@link queryOf} returns it. */
  readonly query?: string
  readonly headers?: Headers
  readonly body?: Content | undefined
  /** The signature covers the body, which must be in memory: for requests that neither an ETag nor an MD5 protects. */
  readonly hashed?: true
  readonly signal: AbortSignal
  /** Answers up to this many bytes are gathered in memory. */
  readonly gather: number
  /** The length of a success that announces none, if it is known, bytes. */
  readonly expected?: number | undefined
  /** Timeout for an answer that takes longer than others, ms. */
  readonly waitMs?: number | undefined
}

/** Error codes for a request signed for another region than the bucket's. */
const ELSEWHERE = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'PermanentRedirect',
  'TemporaryRedirect',
])
/** Error codes for keys that were valid for a limited time. Where they have no session token, only the first two mean that. */
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException'])
const TOKEN_REFUSED = new Set([...EXPIRED, 'InvalidToken', 'TokenRefreshRequired'])
/**
 * How often a request is repeated. A refusal may correct the region, the time, the keys and the address style; more corrections mean that
 * the server never settles.
 */
const LESSONS = 4
/**
 * Clock difference that is corrected, ms. Servers accept signatures up to 15 min off (S3 API reference, `RequestTimeTooSkewed`), so a
 * smaller difference causes no refusal.
 */
const SKEWED = 4 * 60_000

export interface RequestsOptions {
  readonly login: Login | undefined
  readonly homeRegion: string
  readonly addresses: Addresses
  readonly transport: Pick<Transport, 'send'>
  readonly requesterPays: boolean
  readonly now: () => number
}

const NONE: Headers = []
/** Longest answer about a bucket's location, bytes. */
const SHORT = 64 * 1024

/**
 * Addresses, signs and sends requests. Corrections from refusals (regions, the server's clock, the address style) apply to all later
 * requests.
 */
export class Requests {
  private readonly regions = new Map<string, string>()
  private readonly signers = new Map<string, Signer>()
  readonly clock = new ServerClock(() => performance.now())
  /** The server's clock minus this machine's, ms: for signatures. */
  private skew = 0
  /** How often a refusal led to a correction. */
  private learnt = 0
  /** The server accepts the address style: it answered a request about a bucket, or refused it for another reason. */
  private isStyleKnown = false

  constructor(private readonly options: RequestsOptions) {}

  /**
   * Returns the answer if it is a success. If a refusal leads to a correction, the request is repeated at once; a stream cannot be, so then
   * the failure is transient.
   */
  async send(request: S3Request): Promise<Answer> {
    for (let lessons = 0; ; lessons++) {
      const { learnt } = this
      const known = this.options.login?.get()
      // Not awaiting known keys saves a turn of the event loop for each request.
      const credentials = known instanceof Promise ? await known : known
      const askedAt = this.clock.now()
      const answer = await this.once(request, credentials)
      // Answers to listings and HEADs are enough: parsing a date costs as much as signing a small object.
      if (request.key === undefined || request.method === 'HEAD') this.clock.heard(headerOf(answer.headers, 'date'), askedAt)
      if (answer.status < 300) {
        this.isStyleKnown ||= request.bucket !== undefined
        return answer
      }
      const error = await this.explained(request, refusalOf(request.operation, answer), credentials)
      // A correction from another request may be what this one needed.
      if (learnt === this.learnt && (await this.learn(request, answer, error, credentials))) this.learnt++
      if (learnt === this.learnt) throw error
      const isExpired = haveExpired(error, credentials)
      if (lessons === LESSONS && !isExpired) throw error
      // Keys may expire again and again: then a later attempt has new ones.
      if (lessons === LESSONS || isOnItsWay(request.body)) throw new StoreError({ ...error.failure, kind: 'transient' })
    }
  }

  get homeRegion(): string {
    return this.options.homeRegion
  }

  private regionOf(bucket: string | undefined): string {
    return (bucket === undefined ? undefined : this.regions.get(bucket)) ?? this.options.homeRegion
  }

  /** Whether the same request will differ when it is sent again. */
  private async learn(
    { bucket, signal }: S3Request,
    { headers }: Answer,
    error: StoreError,
    credentials: Credentials | undefined,
  ): Promise<boolean> {
    const { code, status } = error.failure
    if (PATH_STYLE_REFUSED.has(code)) return this.options.addresses.leavePathStyle()
    if (credentials !== undefined && haveExpired(error, credentials))
      return (await this.options.login?.renew(credentials)) === true
    if (status === 403 && this.setClock(headers)) return true
    if (bucket === undefined) return false
    const told = regionIn(error)
    if (told !== undefined) return this.note(bucket, told)
    if (!ELSEWHERE.has(code) || error.failure.operation === 'HeadBucket') return false
    const head = await this.once({ operation: 'HeadBucket', method: 'HEAD', bucket, signal, gather: 0 }, credentials)
    const region = headerOf(head.headers, 'x-amz-bucket-region')
    return region !== undefined && this.note(bucket, region)
  }

  /**
   * A HEAD's bare 400 or 403 hides its reason. Temporary keys may have expired, or the server may accept no bucket in the path: it checks that
   * first, for any request, so a small one with a body in its answer tells.
   */
  private async explained(
    { operation, method, bucket, signal }: S3Request,
    error: StoreError,
    credentials: Credentials | undefined,
  ): Promise<StoreError> {
    if (method !== 'HEAD' || bucket === undefined) return error
    const { code } = error.failure
    const mayBeExpired = code === 'BadRequest' && credentials?.sessionToken !== undefined
    const mayBeStyle = code === 'AccessDenied' && !this.isStyleKnown && this.options.addresses.mayLeavePathStyle
    if (!mayBeExpired && !mayBeStyle) return error
    const asked = { operation, method: 'GET', bucket, query: 'location=', signal, gather: SHORT } as const
    const reason = refusalOf(operation, await this.once(asked, credentials))
    if (haveExpired(reason, credentials) || PATH_STYLE_REFUSED.has(reason.failure.code)) return reason
    this.isStyleKnown = true
    return error
  }

  private once(request: S3Request, credentials: Credentials | undefined): Promise<Answer> {
    const { operation, method, bucket, key, query = '', headers: given = NONE, body, signal, gather, expected, waitMs } = request
    const { transport, addresses, requesterPays, now } = this.options
    const region = this.regionOf(bucket)
    const { origin, host, base, whole } = addresses.of(bucket, region)
    const resource = key === undefined ? whole : `${base}/${encodePath(key)}`
    const unsigned = ['host', host, ...given]
    if (requesterPays) unsigned.push('x-amz-request-payer', 'requester')
    const headers =
      credentials === undefined
        ? unsigned
        : this.signerOf(region).sign(
            { method, path: resource, query, headers: unsigned },
            payloadOf(request),
            credentials,
            now() + this.skew,
          )
    const path = query === '' ? resource : `${resource}?${query}`
    return transport.send({ operation, method, origin, path, headers, body, signal, gather, expected, waitMs })
  }

  private signerOf(region: string): Signer {
    const known = this.signers.get(region)
    if (known !== undefined) return known
    const signer = new Signer(region)
    this.signers.set(region, signer)
    return signer
  }

  private note(bucket: string, region: string): boolean {
    const known = this.regionOf(bucket)
    this.regions.set(bucket, region)
    return region !== known
  }

  /**
   * Uses the server's clock for signatures when it differs much from this machine's. A HEAD's bare 403 reports a wrong time in no other
   * way.
   */
  private setClock(headers: AnswerHeaders): boolean {
    const server = Date.parse(headerOf(headers, 'date') ?? '')
    const skew = server - this.options.now()
    if (Number.isNaN(skew) || Math.abs(skew - this.skew) < SKEWED) return false
    this.skew = skew
    return true
  }
}

function haveExpired({ failure: { code } }: StoreError, credentials: Credentials | undefined): boolean {
  return (credentials?.sessionToken === undefined ? EXPIRED : TOKEN_REFUSED).has(code)
}

function isOnItsWay(content: Content | undefined): content is Body {
  return content !== undefined && !(content instanceof Uint8Array)
}

function payloadOf({ body, hashed }: S3Request): string {
  if (body === undefined) return EMPTY
  return hashed === true && body instanceof Uint8Array ? hash('sha256', body) : UNSIGNED
}
