import { readFile } from 'node:fs/promises'
import tls from 'node:tls'
import { type Dispatcher, Pool } from 'undici'
import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Content } from '../../../pipeline/ports/objects.js'
import type { Connection } from '../../connection.js'
import type { Answer } from '../answers/answer.js'
import { ownFailure } from '../answers/failure-kinds.js'
import { Exchange } from './exchange.js'
import { openProxy, proxyFor, type Trust } from './proxy.js'

/** How long a request may stand still, ms. */
export interface Timeouts {
  /** until the connection stands */
  readonly connectMs: number
  /** between the last byte sent and the first byte of the answer */
  readonly firstByteMs: number
  /** between two pieces of an answer's body, while its reader waits for one */
  readonly stallMs: number
}

export const TIMEOUTS: Timeouts = { connectMs: 10_000, firstByteMs: 60_000, stallMs: 60_000 }

/** A request as it goes over the wire. */
export interface HttpRequest {
  /** for errors */
  readonly operation: string
  readonly method: string
  /** `http(s)://host[:port]` */
  readonly origin: string
  /** With its query; encoded. */
  readonly path: string
  readonly headers: string[]
  readonly body: Content | undefined
  readonly signal: AbortSignal
  /** Answers of at most so many bytes come whole. */
  readonly gather: number
  /** For an answer that takes longer than others, ms. */
  readonly waitMs: number | undefined
}

/** Keeps sockets open to the hosts of a connection and sends requests over them. */
export class Transport {
  private readonly pools = new Map<string, Dispatcher>()

  private trust: Trust | undefined

  constructor(
    private readonly sockets: number,
    private readonly believed: Believed,
    readonly timeouts: Timeouts,
  ) {}

  /** One request; any status is an answer. Fails with a {@link StoreError}, also when the body fails, with the body's own error. */
  send(request: HttpRequest): Promise<Answer> {
    const { operation, method, origin, path, headers, body, signal, gather, waitMs } = request
    return new Promise((resolve, reject) => {
      const exchange = new Exchange({ operation, signal, gather, bodiless: method === 'HEAD' }, resolve, reject)
      if (signal.aborted) {
        exchange.cancel()
        return
      }
      this.poolOf(origin).dispatch(
        {
          origin,
          method,
          path,
          headers,
          body: sendable(body),
          headersTimeout: waitMs ?? this.timeouts.firstByteMs,
          bodyTimeout: this.timeouts.stallMs,
        },
        exchange,
      )
    })
  }

  close(): void {
    for (const pool of this.pools.values()) void pool.destroy()
    this.pools.clear()
  }

  private poolOf(origin: string): Dispatcher {
    const known = this.pools.get(origin)
    if (known !== undefined) return known
    const pool = this.open(origin)
    this.pools.set(origin, pool)
    return pool
  }

  private open(origin: string): Dispatcher {
    const proxy = proxyFor(origin)
    const isSecure = [origin, proxy?.href].some((url) => url?.startsWith('https:'))
    const connect = { timeout: this.timeouts.connectMs, ...(isSecure ? this.trusted() : {}) }
    const options = { connections: this.sockets, connect }
    return proxy === undefined ? new Pool(origin, options) : openProxy(proxy, origin, options)
  }

  /** One context for all sockets: each of its own would parse all authorities anew (20 ms and 2 MB a socket, measured). */
  private trusted(): Trust {
    const { ca, any } = this.believed
    this.trust ??= { secureContext: tls.createSecureContext(ca === undefined ? {} : { ca: [...ca] }), rejectUnauthorized: !any }
    return this.trust
  }
}

/** Whose certificates are believed. */
interface Believed {
  /** In PEM; absent: those that Node knows. */
  readonly ca?: readonly string[]
  /** Anybody's. */
  readonly any: boolean
}

/** Prepares the sockets of a connection, `sockets` a host at most; opens none. */
export async function openTransport(connection: Connection, sockets: number, timeouts: Timeouts): Promise<Transport> {
  return new Transport(sockets, await believedBy(connection), timeouts)
}

/** Undici takes anything that is iterated asynchronously (its documentation, "Dispatcher.dispatch"); its types name streams only. */
function sendable(body: Content | undefined): NonNullable<Dispatcher.DispatchOptions['body']> | null {
  return (body ?? null) as NonNullable<Dispatcher.DispatchOptions['body']> | null
}

/** A private authority is trusted beside the known ones, not instead of them. */
async function believedBy({ insecure, caFile }: Connection): Promise<Believed> {
  const any = insecure === true
  if (any || caFile === undefined) return { any }
  try {
    // Naming authorities here leaves out those of the environment, which Node would add.
    const extra = process.env['NODE_EXTRA_CA_CERTS'] ?? ''
    const files = extra === '' ? [caFile] : [caFile, extra]
    return { any, ca: [...tls.rootCertificates, ...(await Promise.all(files.map((file) => readFile(file, 'utf8'))))] }
  } catch (cause) {
    const message = `the CA file ${caFile} can't be read`
    throw new StoreError(ownFailure('Connect', 'CertificateUntrusted', message), { cause })
  }
}
