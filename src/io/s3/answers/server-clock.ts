import type { StoreClock } from '../../../pipeline/ports/object-store.js'

/** HTTP dates have whole seconds (RFC 9110, 5.6.7), ms. */
const SECOND = 1_000

/**
 * The time at a server, derived from the `Date` of its answers. Each date was correct at some moment between request and answer, so each
 * answer narrows the offset between the server's clock and this process's monotonic one. If an answer contradicts earlier ones, the
 * server's clock was set, and the last answer counts.
 */
export class ServerClock {
  /** Bounds of how far the server's clock is ahead, ms. */
  private atLeast = Number.NEGATIVE_INFINITY
  private atMost = Number.POSITIVE_INFINITY

  /** @param now ms of a monotonic clock, e.g. `performance.now()` */
  constructor(readonly now: () => number) {}

  /** @param askedAt when the request was sent, by `now` */
  heard(date: string | undefined, askedAt: number): void {
    const told = Date.parse(date ?? '')
    if (Number.isNaN(told)) return
    const [atLeast, atMost] = [told - this.now(), told + SECOND - askedAt]
    const isContradicted = atLeast > this.atMost || atMost < this.atLeast
    this.atLeast = isContradicted ? atLeast : Math.max(this.atLeast, atLeast)
    this.atMost = isContradicted ? atMost : Math.min(this.atMost, atMost)
  }

  /** @param of the endpoint, as the clock's name */
  read(of: string): StoreClock | undefined {
    const { atLeast, atMost } = this
    if (atMost === Number.POSITIVE_INFINITY) return undefined
    return { of, nowMs: this.now() + (atLeast + atMost) / 2, withinMs: (atMost - atLeast) / 2 }
  }
}
