import { type Dispatcher, Pool } from 'undici'
import { DEFAULTS } from '../../../pipeline/plan/defaults.js'
import type { Content } from '../../../pipeline/ports/objects.js'
import type { Connection } from '../../connection.js'
import type { Answer } from '../answers/answer.js'
import { Exchange } from './exchange.js'
import { IdleWatch } from './idle-watch.js'
import { inPieces, OutgoingBody } from './outgoing-body.js'
import { openProxy, proxyFor, type Trust } from './proxy.js'
import { trustOf } from './trust.js'

/** How long a request may make no progress, ms. */
export interface Timeouts {
  /** until the connection is open */
  readonly connectMs: number
  /** without a byte sent or received while it waits for the network, not for the source of its body or the reader of its answer */
  readonly quietMs: number
}

export const TIMEOUTS: Timeouts = { connectMs: 10_000, quietMs: DEFAULTS.timeoutMs }

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

/** Accuracy of timeouts, ms, and as a share of the timeout. */
const TICK_AT_MOST = 1_000
const TICK = 1 / 10

/** Keeps sockets open to the hosts of a connection and sends requests over them. */
export class Transport {
  private readonly pools = new Map<string, Dispatcher>()

  private trust: Trust | undefined
  private readonly watch: IdleWatch

  /**
   * Opens no socket.
   * @param sockets maximum number of sockets a host
   * @throws {StoreError} when the connection's CA file can't be used; a file of the environment matters only where TLS is used
   */
  constructor(
    private readonly connection: Pick<Connection, 'insecure' | 'caFile'>,
    private readonly sockets: number,
    readonly timeouts: Timeouts,
  ) {
    if (connection.caFile !== undefined) this.trusted()
    this.watch = new IdleWatch(Math.min(TICK_AT_MOST, timeouts.quietMs * TICK))
  }

  /**
   * Sends one request; an answer with any status is a success. Fails with a {@link StoreError}; if the body fails, with the body's own
   * error.
   */
  send(request: HttpRequest): Promise<Answer> {
    const { operation, method, origin, path, headers, body: content, signal, gather, expected, waitMs = 0 } = request
    const { watch } = this
    const body = content === undefined || content instanceof Uint8Array ? undefined : new OutgoingBody(content)
    const quietMs = Math.max(waitMs, this.timeouts.quietMs)
    return new Promise((resolve, reject) => {
      const options = { operation, signal, gather, expected, bodiless: method === 'HEAD', body, quietMs, watch }
      const exchange = new Exchange(options, resolve, reject)
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
          body: sendable(content instanceof Uint8Array ? inPieces(content) : body),
          // The watch does this: undici's begins when the body is buffered.
          headersTimeout: 0,
          bodyTimeout: this.timeouts.quietMs,
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
    const proxy = proxyFor(origin, process.env)
    const isSecure = [origin, proxy?.href].some((url) => url?.startsWith('https:'))
    const connect = { timeout: this.timeouts.connectMs, ...(isSecure ? this.trusted() : {}) }
    const options = { connections: this.sockets, maxHeaderSize: LONGEST_HEADERS, connect }
    return proxy === undefined ? new Pool(origin, options) : openProxy(proxy, origin, options)
  }

  /** One context for all sockets: with one for each, every socket would parse all authorities again (20 ms and 2 MB a socket, measured). */
  private trusted(): Trust {
    return (this.trust ??= trustOf(this.connection, process.env))
  }
}

/** Longest headers of an answer, bytes. Node's default of 16 KiB is too short for servers that allow more metadata than AWS's 2 KB. */
const LONGEST_HEADERS = 256 * 1024

/** Undici accepts any iterable (its documentation, "Dispatcher.dispatch"), but its types allow only streams. */
function sendable(
  body: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array> | undefined,
): NonNullable<Dispatcher.DispatchOptions['body']> | null {
  return (body ?? null) as NonNullable<Dispatcher.DispatchOptions['body']> | null
}
