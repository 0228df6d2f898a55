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

/** How long a request may make no progress, ms. */
export interface Timeouts {
  /** until the connection is open */
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
  /** Answers up to this many bytes are gathered in memory. */
  readonly gather: number
  /** The length of a success that announces none, if it is known, bytes. */
  readonly expected?: number | undefined
  /** Timeout for an answer that takes longer than others, ms. */
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

  /**
   * Sends one request; an answer with any status is a success. Fails with a {@link StoreError}; if the body fails, with the body's own
   * error.
   */
  send(request: HttpRequest): Promise<Answer> {
    const { operation, method, origin, path, headers, body, signal, gather, expected, waitMs } = request
    return new Promise((resolve, reject) => {
      const exchange = new Exchange({ operation, signal, gather, expected, bodiless: method === 'HEAD' }, resolve, reject)
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

  /** One context for all sockets: with one for each, every socket would parse all authorities again (20 ms and 2 MB a socket, measured). */
  private trusted(): Trust {
    const { ca, any } = this.believed
    this.trust ??= { secureContext: tls.createSecureContext(ca === undefined ? {} : { ca: [...ca] }), rejectUnauthorized: !any }
    return this.trust
  }
}

/** The trusted certificates. */
interface Believed {
  /** In PEM; absent: Node's defaults. */
  readonly ca?: readonly string[]
  /** Any certificate is trusted. */
  readonly any: boolean
}

/** Creates the transport of a connection, with up to `sockets` sockets a host; opens none. */
export async function openTransport(connection: Connection, sockets: number, timeouts: Timeouts): Promise<Transport> {
  return new Transport(sockets, await believedBy(connection), timeouts)
}

/** Undici accepts any async iterable (its documentation, "Dispatcher.dispatch"), but its types allow only streams. */
function sendable(body: Content | undefined): NonNullable<Dispatcher.DispatchOptions['body']> | null {
  return (body ?? null) as NonNullable<Dispatcher.DispatchOptions['body']> | null
}

/** A private authority is trusted in addition to the known ones. */
async function believedBy({ insecure, caFile }: Connection): Promise<Believed> {
  const any = insecure === true
  if (any || caFile === undefined) return { any }
  try {
    // Naming authorities here replaces those of the environment, which Node would add, so they are added here.
    const extra = process.env['NODE_EXTRA_CA_CERTS'] ?? ''
    const files = extra === '' ? [caFile] : [caFile, extra]
    return { any, ca: [...tls.rootCertificates, ...(await Promise.all(files.map((file) => readFile(file, 'utf8'))))] }
  } catch (cause) {
    const message = `the CA file ${caFile} can't be read`
    throw new StoreError(ownFailure('Connect', 'CertificateUntrusted', message), { cause })
  }
}
