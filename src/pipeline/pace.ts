import { of, type Observable, type SchedulerLike, timer } from 'rxjs'

/** How long the answers are counted before the rate is set anew, ms. */
const WINDOW = 1_000
/** Above this share of refused requests the rate comes down to what the server took. */
const TOLERATED = 0.1
const BELOW_ACCEPTED = 0.95
const GROWTH = 1.05

/**
 * The request rate that all workers share. Free until the server refuses more than a tenth of a second's requests; then a bit less than
 * what it took in that second, and 5 % more each second that it takes it. Fewer workers would not do: against a server that answers
 * in 50 µs a single one is too many (measured: 89 % refused), only a rate helps.
 */
export class Pace {
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

  /** Whether nobody needs to wait for a turn. */
  get isFree(): boolean {
    return this.rate === Number.POSITIVE_INFINITY
  }

  /** Emits once, when the next attempt may begin. */
  turn(): Observable<unknown> {
    if (this.isFree) return of(0)
    const now = this.scheduler.now()
    const at = Math.max(now, this.nextAt)
    this.nextAt = at + 1_000 / this.rate
    return at === now ? of(0) : timer(at - now, this.scheduler)
  }

  /** To be called with the outcome of each attempt. */
  answered(outcome: 'accepted' | 'throttled'): void {
    if (outcome === 'accepted') this.accepted++
    else this.refused++
    const now = this.scheduler.now()
    if (now >= this.windowEnd) this.adjust(now)
  }

  private adjust(now: number): void {
    const seconds = (now - this.windowEnd + WINDOW) / 1_000
    if (this.refused > TOLERATED * (this.accepted + this.refused))
      this.rate = Math.max(1, (this.accepted / seconds) * BELOW_ACCEPTED)
    else this.rate *= GROWTH
    this.accepted = 0
    this.refused = 0
    this.windowEnd = now + WINDOW
  }
}
