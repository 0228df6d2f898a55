import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from './random.js'
import { parseS3Request, type S3Request } from './s3-request.js'
import { until } from './until.js'

/** The fault of a request. A request with a `delay` is forwarded to the endpoint afterwards. */
export type Fault =
  /** The proxy answers with an S3 error document; the endpoint never sees the request. `undated`: the answer has no `Date`. */
  | { readonly kind: 'answer'; readonly status: number; readonly code: string; readonly undated?: true }
  /** The connection is reset before an answer. */
  | { readonly kind: 'reset' }
  /** Half of the body is forwarded, then the connection is reset. */
  | { readonly kind: 'cut' }
  /** Half of the body is forwarded, then nothing more; the connection stays open. */
  | { readonly kind: 'stall' }
  /** The request is never answered; the connection stays open. */
  | { readonly kind: 'silence' }
  /** The answer has no Content-Length: its body comes in chunks. */
  | { readonly kind: 'unmeasured' }
  | { readonly kind: 'delay'; readonly ms: number }

/** The requests that a fault applies to. */
export interface Rule {
  readonly fault: Fault
  readonly when?: (request: S3Request, headers: IncomingHttpHeaders) => boolean
  /** Only the request with this number on each connection, counted from 1. */
  readonly nth?: number
  /** This share, in [0, 1], of the requests that `when` selects; all by default. */
  readonly share?: number
  /** At most this many requests. */
  readonly times?: number
}

export const SLOW_DOWN: Fault = { kind: 'answer', status: 503, code: 'SlowDown' }
export const UNAVAILABLE: Fault = { kind: 'answer', status: 503, code: 'ServiceUnavailable' }
export const DENIED: Fault = { kind: 'answer', status: 403, code: 'AccessDenied' }

/**
 * A proxy in front of one S3 endpoint, on its own loopback port, that makes requests fail by rules. Headers are forwarded unchanged,
 * including Host, so signatures stay valid. Random numbers are seeded: the same requests in the same order get the same faults.
 */
export class FaultProxy {
  rules: readonly Rule[] = []
  /** Runs, and is awaited, before a request is forwarded: use it to change an object during a copy. */
  onRequest: ((request: S3Request) => void | Promise<void>) | undefined
  /** The path that a request is forwarded with: simulates a server that changes keys. */
  rename: ((path: string) => string) | undefined
  /** How far the server's clock appears to be ahead, ms: in its `Date`, in listings and in `Last-Modified`. */
  aheadMs = 0
  /** Requests that arrived, by operation. */
  readonly counts = new Map<string, number>()
  /** Requests with a fault, by the kind of the fault. */
  readonly faults = new Map<string, number>()

  private readonly server: Server
  private readonly agent = new Agent({ keepAlive: true })
  private readonly random: () => number
  private readonly used = new Map<Rule, number>()
  /** The number of requests of each connection. */
  private readonly brought = new WeakMap<Socket, number>()
  private port = 0

  private constructor(
    private readonly endpoint: URL,
    seed: number,
  ) {
    this.random = seededRandom(seed)
    this.server = createServer((request, response) => void this.serve(request, response))
  }

  /** `endpoint`: `http://[KEY:SECRET@]host:port`; {@link url} has the same credentials. */
  static async start(endpoint: string, { seed = 1 } = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(endpoint), seed)
    await proxy.accept()
    return proxy
  }

  /** The URL of the endpoint, with the proxy's host and port. */
  get url(): string {
    const url = new URL(this.endpoint)
    url.host = `127.0.0.1:${this.port}`
    return url.href.replace(/\/$/, '')
  }

  /**
   * Waits until more than `count` requests of an operation have arrived. Forwards only the first `count` of them until the returned
   * function is called, so that the program is still at work, however slow the machine is.
   */
  async hold(operation: string, count: number): Promise<() => void> {
    const seen = (): number => this.counts.get(operation) ?? 0
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    this.onRequest = (request) => (request.operation === operation && seen() > count ? released : undefined)
    await until(`more than ${count} ${operation}`, () => seen() > count)
    return release
  }

  /** Starts an outage: connections are reset, new ones refused. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    this.server.closeAllConnections()
    await closed
  }

  /** Ends the outage, on the same port. */
  async accept(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(this.port, '127.0.0.1', () => {
        this.server.off('error', reject)
        resolve()
      })
    })
    this.port = portOf(this.server)
  }

  async stop(): Promise<void> {
    if (this.server.listening) await this.refuse()
    this.agent.destroy()
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    incoming.on('error', () => response.destroy())
    const request = parseS3Request(incoming.method ?? 'GET', incoming.url ?? '/', header(incoming, 'x-amz-copy-source'))
    count(this.counts, request.operation)
    const nth = (this.brought.get(incoming.socket) ?? 0) + 1
    this.brought.set(incoming.socket, nth)
    const fault = await this.support(request, incoming.headers, nth)
    await this.onRequest?.(request)
    switch (fault?.kind) {
      case undefined:
      case 'delay':
        this.forward(incoming, response, undefined)
        return
      case 'cut':
      case 'stall':
      case 'unmeasured':
        this.forward(incoming, response, fault.kind)
        return
      case 'answer':
        incoming.resume()
        answer(request, response, fault)
        return
      case 'reset':
        incoming.socket.resetAndDestroy()
        return
      case 'silence':
        incoming.resume()
        return
    }
  }

  /** The first rule that applies, after waiting for the delays of rules before it. */
  private async support(request: S3Request, headers: IncomingHttpHeaders, nth: number): Promise<Fault | undefined> {
    for (const rule of this.rules) {
      const used = this.used.get(rule) ?? 0
      if (used >= (rule.times ?? Infinity) || (rule.nth ?? nth) !== nth || !(rule.when?.(request, headers) ?? true)) continue
      if (rule.share !== undefined && this.random() >= rule.share) continue
      this.used.set(rule, used + 1)
      count(this.faults, rule.fault.kind)
      if (rule.fault.kind !== 'delay') return rule.fault
      await sleep(rule.fault.ms)
    }
    return undefined
  }

  private forward(incoming: IncomingMessage, response: ServerResponse, how: 'cut' | 'stall' | 'unmeasured' | undefined): void {
    const { hostname, port } = this.endpoint
    const { method, url = '/', rawHeaders } = incoming
    const path = this.rename?.(url) ?? url
    const outgoing = httpRequest({ hostname, port, method, path, headers: rawHeaders, agent: this.agent })
    outgoing.on('error', () => incoming.socket.resetAndDestroy())
    response.on('close', () => outgoing.destroy())
    outgoing.on('response', (answered) => {
      answered.on('error', () => incoming.socket.resetAndDestroy())
      response.sendDate = false
      if (this.aheadMs !== 0) {
        void shifted(answered, response, this.aheadMs)
        return
      }
      const headers = how === 'unmeasured' ? withoutLength(answered.rawHeaders) : answered.rawHeaders
      response.writeHead(answered.statusCode ?? 502, answered.statusMessage, headers)
      if (how === undefined || how === 'unmeasured') {
        answered.pipe(response)
        return
      }
      const enough = Math.floor(Number(answered.headers['content-length'] ?? 0) / 2)
      passHalf(answered, response, enough, () => (how === 'cut' ? incoming.socket.resetAndDestroy() : undefined))
    })
    incoming.pipe(outgoing)
  }
}

const LISTED = /(<LastModified>)([^<]+)/g

/** Forwards an answer with all of its times shifted; an XML answer is gathered first. */
async function shifted(from: IncomingMessage, to: ServerResponse, ms: number): Promise<void> {
  const moved = (time: string): Date => new Date(Date.parse(time) + ms)
  const headers = from.rawHeaders.map((value, index, all) =>
    index % 2 === 1 && /^(date|last-modified)$/i.test(all[index - 1] ?? '') ? moved(value).toUTCString() : value,
  )
  if (!(from.headers['content-type'] ?? '').includes('xml')) {
    to.writeHead(from.statusCode ?? 502, from.statusMessage, headers)
    from.pipe(to)
    return
  }
  const body = (await text(from)).replace(LISTED, (_all, tag: string, time: string) => tag + moved(time).toISOString())
  to.writeHead(from.statusCode ?? 502, from.statusMessage, [
    ...withoutLength(headers),
    'content-length',
    String(Buffer.byteLength(body)),
  ])
  to.end(body)
}

/** Names and values in turn, as in `rawHeaders`. */
function withoutLength(headers: readonly string[]): string[] {
  return headers.filter((_, index, all) => !/^(content-length|transfer-encoding)$/i.test(all[index - (index % 2)] ?? ''))
}

function passHalf(from: IncomingMessage, to: ServerResponse, enough: number, then: () => void): void {
  let passed = 0
  to.flushHeaders()
  from.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, enough - passed)
    passed += part.length
    if (part.length > 0) to.write(part, () => (passed >= enough ? then() : undefined))
    if (passed >= enough) from.pause()
  })
  from.on('end', then)
}

function answer(request: S3Request, response: ServerResponse, { status, code, undated }: Fault & { kind: 'answer' }): void {
  response.sendDate = undated !== true
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>injected</Message></Error>`
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function header(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server that listens has a port')
  return address.port
}
