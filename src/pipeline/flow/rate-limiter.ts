import { Observable, type SchedulerLike, type Subscription } from 'rxjs'
import { type Outcome, RequestRate } from './request-rate.js'

/** A late timer also starts the turns that it missed within this time, ms. */
const KEPT = 10

/**
 * Starts attempts at the rate that the servers accept (request-rate.ts), in the order in which they came. All workers share it. Fewer
 * workers would not be enough: against a server that answers in 50 µs a single one is too many (measured: 89 % refused), only a rate
 * helps.
 */
export class RateLimiter {
  private readonly rate: RequestRate
  private readonly waiting = new Set<() => void>()
  /** The turn of the attempt that started last, ms. */
  private lastAt = Number.NEGATIVE_INFINITY
  private timer: Subscription | undefined

  constructor(private readonly scheduler: SchedulerLike) {
    this.rate = new RequestRate(scheduler.now())
  }

  /** objects/s at which attempts may start; infinite if nothing was refused. */
  get limit(): number {
    return this.rate.perSecond
  }

  /** Pass it to {@link answered}; as of the start of an attempt. */
  get round(): number {
    return this.rate.round
  }

  /**
   * Starts `work` when its turn comes after subscribing. Apply this last, inside the permits: a turn is valid only now, and the rate may
   * change.
   */
  paced<T>(work: Observable<T>): Observable<T> {
    return new Observable<T>((subscriber) => {
      if (this.isFree) {
        work.subscribe(subscriber)
        return
      }
      const begin = (): void => {
        this.leave(begin)
        work.subscribe(subscriber)
      }
      subscriber.add(() => this.leave(begin))
      this.waiting.add(begin)
      this.startDue()
    })
  }

  /** Call this with the outcome of each attempt. */
  answered(outcome: Outcome, round = this.round): void {
    const before = this.limit
    this.rate.heard(outcome, this.scheduler.now(), round)
    if (this.limit === before || this.waiting.size === 0) return
    this.stopTimer()
    this.startDue()
  }

  private leave(begin: () => void): void {
    this.waiting.delete(begin)
    if (this.waiting.size === 0) this.stopTimer()
  }

  private stopTimer(): void {
    this.timer?.unsubscribe()
    this.timer = undefined
  }

  private get isFree(): boolean {
    return this.limit === Number.POSITIVE_INFINITY && this.waiting.size === 0
  }

  /** Starts those whose turn has come, and waits for the turn of the next one. */
  private startDue(): void {
    for (const begin of this.waiting) {
      if (this.timer !== undefined) return
      const now = this.scheduler.now()
      const at = Math.max(this.lastAt + 1_000 / this.limit, this.rate.pausedUntil)
      if (at > now) {
        this.timer = this.scheduler.schedule(() => {
          this.timer = undefined
          this.startDue()
        }, at - now)
        return
      }
      this.lastAt = Math.max(at, now - KEPT)
      begin()
    }
  }
}
