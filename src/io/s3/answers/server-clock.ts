import type { StoreClock } from '../../../pipeline/ports/object-store.js'

/** HTTP tells whole seconds (RFC 9110, 5.6.7), ms. */
const SECOND = 1_000

/**
 * What time it is at a server, learnt from the `Date` of its answers. A date was true at some moment between the request and its answer: each
 * answer narrows down how far the server's clock is ahead of this process's steady one. Where an answer contradicts the earlier ones, the
 * server's clock was set, and what it said last counts.
 */
export class ServerClock {
  /** The server's clock is ahead by at least, and at most, so many ms. */
  private atLeast = Number.NEGATIVE_INFINITY
  private atMost = Number.POSITIVE_INFINITY

  /** @param now ms of a clock that is never set, e.g. `performance.now()` */
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

  /** @param of the endpoint */
  read(of: string): StoreClock | undefined {
    const { atLeast, atMost } = this
    if (atMost === Number.POSITIVE_INFINITY) return undefined
    return { of, nowMs: this.now() + (atLeast + atMost) / 2, withinMs: (atMost - atLeast) / 2 }
  }
}
