import type { Socket } from 'node:net'
import { portsOf, unacknowledged } from './unacknowledged.js'

/** What a connection tells of its progress. */
type Counts = Pick<Socket, 'bytesRead' | 'bytesWritten' | 'writableLength' | 'localPort' | 'remotePort'>

/** A request that was not answered yet. */
export interface Unanswered {
  /** Its connection; undefined until it has one. */
  readonly socket: Counts | undefined
  /** How long it may wait without a byte sent or received, ms. */
  readonly quietMs: number
  /** Whether it waits for the next bytes to send, and not for the network. */
  readonly isStarved: boolean
  /** Ends it: it waited too long. */
  expire(): void
}

/** Calls `work` every `ms` until the returned function is called. */
export type Every = (ms: number, work: () => void) => () => void

interface Progress {
  /** bytes sent and received so far on its connection */
  moved: number
  /** bytes sent that the other end has not confirmed; undefined if unknown */
  pending: number | undefined
  /** ms without progress */
  quiet: number
}

/**
 * Ends requests that wait for their answer without a byte moved in either direction. Undici's own timeout begins when the last byte of the
 * request is buffered, so it ends requests on slow uplinks while their bytes are being sent. One timer watches all requests, and counts its
 * own ticks: time in which this process could not run does not count.
 */
export class IdleWatch {
  private readonly watched = new Map<Unanswered, Progress>()
  private stop: (() => void) | undefined

  /** @param tickMs the accuracy */
  constructor(
    private readonly tickMs: number,
    private readonly every: Every = regularly,
    private readonly pending: typeof unacknowledged = unacknowledged,
  ) {}

  add(request: Unanswered): void {
    this.watched.set(request, { moved: 0, pending: undefined, quiet: 0 })
    this.stop ??= this.every(this.tickMs, () => void this.tick())
  }

  delete(request: Unanswered): void {
    this.watched.delete(request)
  }

  async tick(): Promise<void> {
    if (this.watched.size === 0) {
      this.stop?.()
      this.stop = undefined
      return
    }
    const quiet: [Unanswered, Progress, Counts][] = []
    for (const [request, progress] of this.watched) {
      const { socket, isStarved } = request
      const moved = socket === undefined ? 0 : socket.bytesRead + socket.bytesWritten - socket.writableLength
      if (socket === undefined || isStarved || moved !== progress.moved) progress.quiet = 0
      else quiet.push([request, progress, socket])
      progress.moved = moved
    }
    // Most requests are answered within a tick, so this is rarely asked.
    const pending = quiet.length === 0 ? undefined : await this.pending()
    for (const [request, progress, socket] of quiet) {
      const left = pending?.get(portsOf(socket)) ?? 0
      const isSending = left !== (progress.pending ?? 0)
      progress.pending = left
      progress.quiet = isSending ? 0 : progress.quiet + this.tickMs
      if (progress.quiet >= request.quietMs && this.watched.delete(request)) request.expire()
    }
  }
}

const regularly: Every = (ms, work) => {
  const timer = setInterval(work, ms).unref()
  return () => clearInterval(timer)
}
