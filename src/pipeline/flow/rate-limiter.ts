import { Observable, type SchedulerLike } from 'rxjs'

/** How long answers are counted before the rate is adjusted, ms. */
const WINDOW = 1_000
/** Above this share of refused requests the rate is reduced to what the server accepted. */
const TOLERATED = 0.1
/** From this number of refusals the rate is reduced before the second ends. */
const REFUSED_AT_LEAST = 10
const BELOW_ACCEPTED = 0.95
const GROWTH = 1.05

/**
 * The request rate that all workers share. Unlimited until the server refuses more than 10 % of the requests in a second. Then the rate is
 * a bit below what the server accepted in that second, and grows by 5 % for each second without too many refusals. Fewer workers would not
 * be enough: against a server that answers in 50 µs a single one is too many (measured: 89 % refused), only a rate helps.
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

  /** objects/s at which attempts may start; infinite if nothing was refused. */
  get limit(): number {
    return this.rate
  }

  /**
   * Starts `work` when its turn comes after subscribing. Apply this last, inside the permits: a turn is valid only now, and the rate may
   * change.
   */
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

  /** Takes the next turn; returns the wait until then, ms. */
  private turn(): number {
    const now = this.scheduler.now()
    const at = Math.max(now, this.nextAt)
    this.nextAt = at + 1_000 / this.rate
    return at - now
  }

  /** Call this with the outcome of each attempt. */
  answered(outcome: 'accepted' | 'throttled'): void {
    const now = this.scheduler.now()
    if (outcome === 'accepted') this.accepted++
    else if (++this.refused >= REFUSED_AT_LEAST && this.isTooMuch()) this.pause()
    if (now >= this.windowEnd) this.adjust(now)
  }

  private isTooMuch(): boolean {
    return this.refused > TOLERATED * (this.accepted + this.refused)
  }

  /** Starts nothing for the rest of the second: those requests would be refused as well. */
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
