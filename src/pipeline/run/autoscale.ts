import { type MonoTypeOperatorFunction, Observable } from 'rxjs'
import type { EventOf, SyncEvent } from '../events/events.js'
import type { Proof } from '../events/reasons.js'
import type { Run } from './run-context.js'

/** Initial workers of a run with `--workers auto`. */
export const FIRST_WORKERS = 10
/** A number of workers is evaluated when each has settled this many objects on average, within these limits, ms. */
const SETTLED_EACH = 4
const AT_LEAST = 200
const AT_MOST = 5_000
/** Minimum gain in throughput to keep an increase: for twice the workers, and for a tenth more. */
const DOUBLING_PAYS = 1.25
const ADDING_PAYS = 1.02
/** Maximum number of periods between an increase that did not help and the next attempt; the wait doubles each time. */
const LONGEST_REST = 32
/** If more than this share of the attempts is cut off or times out, the workers are halved. */
const STRAINED = 0.1
/** This many bytes count as one object: about what a connection transfers while another sends a request and waits. */
const BYTES_PER_OBJECT = 2 ** 20
/** A server's rate limit is reported again when it changed by more than this factor. */
const WORTH_TELLING = 1.2

/** The parts of a run that control its pace. */
type Paced = Pick<Run, 'plan' | 'policy' | 'permits' | 'scheduler'>

/**
 * Reports changes of the pace. With `--workers auto` it also adjusts the number of workers: it doubles them while throughput rises (slow
 * start), then adds a tenth from time to time and keeps the increase if it helps. It halves them when many attempts are cut or time out.
 * The request rate is limited by flow/rate-limiter.ts. Watches the events and needs no timer.
 */
export function adapting(run: Paced): MonoTypeOperatorFunction<SyncEvent> {
  return (events) =>
    new Observable<SyncEvent>((subscriber) => {
      const pacer = new Pacer(run)
      return events.subscribe({
        next: (event) => {
          subscriber.next(event)
          const change = pacer.watch(event)
          if (change !== undefined) subscriber.next(change)
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}

class Pacer {
  private workers: number
  private readonly most: number
  private since: number
  private settled = 0
  private work = 0
  private strains = 0
  private starting = true
  /** Number of workers and their rate (work/s) before the increase that is being tried. */
  private before: { readonly workers: number; readonly rate: number } | undefined
  private rest = 1
  private resting = 0
  private told = Number.POSITIVE_INFINITY

  constructor(private readonly run: Paced) {
    const { workers, adaptive } = run.plan
    this.most = workers
    this.workers = adaptive ? Math.min(FIRST_WORKERS, workers) : workers
    this.since = run.scheduler.now()
  }

  watch(event: SyncEvent): EventOf<'pace-changed'> | undefined {
    const bytes = bytesMoved(event)
    if (bytes !== undefined) {
      this.settled++
      this.work += 1 + bytes / BYTES_PER_OBJECT
    } else if (event.type === 'attempt-failed') {
      const { kind, reason } = event.failure
      // Being throttled is a matter of the rate, not of the workers.
      if (kind === 'throttled') return this.limited(event.at)
      if (reason === 'overloaded') this.strains++
    } else return undefined
    const elapsed = event.at - this.since
    const enough = this.settled + this.strains >= SETTLED_EACH * this.workers && elapsed >= AT_LEAST
    if (!this.run.plan.adaptive || !(enough || elapsed >= AT_MOST)) return undefined
    const rate = (this.work / elapsed) * 1_000
    const strained = this.strains > STRAINED * (this.settled + this.strains)
    ;[this.since, this.settled, this.work, this.strains] = [event.at, 0, 0, 0]
    return strained ? this.halve(event.at) : this.judge(rate, event.at)
  }

  private judge(rate: number, at: number): EventOf<'pace-changed'> | undefined {
    const { before } = this
    this.before = undefined
    if (before !== undefined) {
      const pays = rate > before.rate * (this.starting ? DOUBLING_PAYS : ADDING_PAYS)
      if (!pays) {
        this.rest = this.starting ? 1 : Math.min(LONGEST_REST, this.rest * 2)
        this.resting = this.rest
        this.starting = false
        return this.resize(before.workers, 'no-gain', at)
      }
      this.rest = 1
    }
    if (this.resting-- > 0 || this.workers === this.most) return undefined
    this.before = { workers: this.workers, rate }
    return this.resize(this.starting ? this.workers * 2 : this.workers + Math.max(1, this.workers / 10), 'trying-more', at)
  }

  private halve(at: number): EventOf<'pace-changed'> | undefined {
    this.before = undefined
    this.starting = false
    return this.resize(this.workers / 2, 'strained', at)
  }

  private resize(count: number, cause: EventOf<'pace-changed'>['cause'], at: number): EventOf<'pace-changed'> | undefined {
    const workers = Math.max(1, Math.min(this.most, Math.round(count)))
    if (workers === this.workers) return undefined
    this.workers = workers
    this.run.permits.resize(workers)
    return this.changed(cause, at)
  }

  /** The server refuses requests, so a rate limit may have been set. */
  private limited(at: number): EventOf<'pace-changed'> | undefined {
    const { limit } = this.run.policy.rateLimiter
    if (limit === this.told || (limit < this.told * WORTH_TELLING && limit > this.told / WORTH_TELLING)) return undefined
    return this.changed('refused', at)
  }

  private changed(cause: EventOf<'pace-changed'>['cause'], at: number): EventOf<'pace-changed'> {
    const { limit } = this.run.policy.rateLimiter
    this.told = limit
    const perSecond = limit === Number.POSITIVE_INFINITY ? {} : { perSecond: Math.round(limit) }
    return { type: 'pace-changed', at, workers: this.workers, ...perSecond, cause }
  }
}

/** Number of bytes that were moved to settle an object; undefined if the event settles none. */
function bytesMoved(event: SyncEvent): number | undefined {
  switch (event.type) {
    case 'object-copied':
    case 'version-copied':
      return event.size
    case 'object-proven':
      return READ.has(event.proof) ? event.size : 0
    case 'object-different':
      return event.difference === 'bytes' ? event.size : 0
    default:
      return undefined
  }
}

/** Proofs for which the bytes are read. */
const READ: ReadonlySet<Proof> = new Set(['recomputed', 'bytes'])
