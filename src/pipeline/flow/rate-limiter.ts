import { Observable, type SchedulerLike } from 'rxjs'

/** How long the answers are counted before the rate is set anew, ms. */
const WINDOW = 1_000
/** Above this share of refused requests the rate comes down to what the server took. */
const TOLERATED = 0.1
/** Fewer refusals in a second than this are no reason to wait for its end. */
const REFUSED_AT_LEAST = 10
const BELOW_ACCEPTED = 0.95
const GROWTH = 1.05

/**
 * The request rate that all workers share. Free until the server refuses more than a tenth of a second's requests; then a bit less than
 * what it took in that second, and 5 % more each second that it takes it. Fewer workers would not do: against a server that answers
 * in 50 µs a single one is too many (measured: 89 % refused), only a rate helps.
 */
export class RateLimiter {
  private rate = Number.POSITIVE_INFINITY
  private nextAt = 0
  private windowEnd: number
  private accepted = 0
  private refused = 0

  constructor(private readonly scheduler: SchedulerLike) {
    this.windowEnd = scheduler.now() + WINDOW
  }

  /** objects/s at which attempts may begin; infinite when nothing was refused. */
  get limit(): number {
    return this.rate
  }

  /** `work`, begun when its turn comes after subscribing. To be taken last, under a permit: a turn is for now, and the rate may change. */
  paced<T>(work: Observable<T>): Observable<T> {
    return new Observable<T>((subscriber) => {
      const waitMs = this.isFree ? 0 : this.turn()
      if (waitMs <= 0) work.subscribe(subscriber)
      else subscriber.add(this.scheduler.schedule(() => work.subscribe(subscriber), waitMs))
    })
  }

  private get isFree(): boolean {
    return this.rate === Number.POSITIVE_INFINITY
  }

  /** Takes the next turn; how long it is until then, ms. */
  private turn(): number {
    const now = this.scheduler.now()
    const at = Math.max(now, this.nextAt)
    this.nextAt = at + 1_000 / this.rate
    return at - now
  }

  /** To be called with the outcome of each attempt. */
  answered(outcome: 'accepted' | 'throttled'): void {
    const now = this.scheduler.now()
    if (outcome === 'accepted') this.accepted++
    else if (++this.refused >= REFUSED_AT_LEAST && this.isTooMuch()) this.pause()
    if (now >= this.windowEnd) this.adjust(now)
  }

  private isTooMuch(): boolean {
    return this.refused > TOLERATED * (this.accepted + this.refused)
  }

  /** Nothing begins for the rest of the second: what it would ask for would be refused as well. */
  private pause(): void {
    if (this.isFree) this.rate = Math.max(1, this.accepted)
    this.nextAt = Math.max(this.nextAt, this.windowEnd)
  }

  private adjust(now: number): void {
    const seconds = (now - this.windowEnd + WINDOW) / 1_000
    if (this.isTooMuch()) this.rate = Math.max(1, (this.accepted / seconds) * BELOW_ACCEPTED)
    else this.rate *= GROWTH
    this.accepted = 0
    this.refused = 0
    this.windowEnd = now + WINDOW
  }
}
