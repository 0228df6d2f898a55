import { defer, firstValueFrom, NEVER, Observable, retry, type SchedulerLike, takeUntil, throwError, timer } from 'rxjs'
import { type Failure, type FailureKind, StoreError } from '../ports/failure.js'
import { abortable } from './abortable.js'
import type { RateLimiter } from './rate-limiter.js'

/** The wait stops doubling here, ms. */
const LONGEST_WAIT = 32_000
/** An object that was throttled this often (a quarter of an hour by default) is given up after all. */
const THROTTLED_AT_MOST = 30

/** What retrying needs: the numbers a person sets, and the world it waits in. */
export interface Retrying {
  /** further attempts after the first */
  readonly retries: number
  /** ms before the second attempt; doubles each time */
  readonly retryDelayMs: number
  readonly scheduler: SchedulerLike
  /** in [0, 1) */
  readonly random: () => number
  readonly pace: RateLimiter
}

/** Emit of each failure that another attempt follows after `waitMs`. */
export type Report = (failure: Failure, attempt: number, waitMs: number) => void

/** What another attempt may cure when it begins by looking at the object again. */
const CURED_BY_LOOKING_AGAIN: ReadonlySet<FailureKind> = new Set(['transient', 'throttled', 'changed'])
/** What the very same request, sent again, may cure. */
export const CURED_BY_REPEATING: ReadonlySet<FailureKind> = new Set(['transient', 'throttled'])

/** The wait before attempt `n + 1` when `n` have failed, ms: 2, 4, 8, 16, 32 s by default, and up to a quarter more so that waits don't meet. */
export function backoff(n: number, delayMs: number, random: () => number): number {
  const wait = Math.max(delayMs, Math.min(delayMs * 2 ** (n - 1), LONGEST_WAIT))
  return Math.round(wait * (1 + random() / 4))
}

/**
 * Subscribes to `attempt(1)`, and after a failure that another attempt may cure to `attempt(2)` and so on. Being throttled uses up no retry.
 * Errors with the last {@link StoreError}; anything else is a broken invariant and comes out at once.
 */
export function retrying<T>(
  attempt: (n: number) => Observable<T>,
  how: Retrying,
  report: Report,
  cures: ReadonlySet<FailureKind> = CURED_BY_LOOKING_AGAIN,
): Observable<T> {
  return new Observable<T>((subscriber) => {
    let attempts = 0
    const begin = (): Observable<T> => attempt(++attempts)
    // Most objects need no other attempt: the backoff is set up for those that do.
    subscriber.add(
      begin().subscribe({
        next: (value) => subscriber.next(value),
        complete: () => subscriber.complete(),
        error: (error: unknown) => {
          subscriber.add(again(error).subscribe(subscriber))
        },
      }),
    )

    function again(failed: unknown): Observable<T> {
      let known: { readonly error: unknown } | undefined = { error: failed }
      let throttled = 0
      const wait = (error: unknown): Observable<unknown> => {
        if (!(error instanceof StoreError)) return throwError(() => error)
        const { kind } = error.failure
        if (kind === 'throttled') {
          throttled++
          how.pace.answered('throttled')
        }
        const spent = attempts - throttled
        const over = kind === 'throttled' ? throttled > THROTTLED_AT_MOST : spent > how.retries
        if (!cures.has(kind) || over) return throwError(() => error)
        const waitMs = backoff(kind === 'throttled' ? throttled : spent, how.retryDelayMs, how.random)
        report(error.failure, attempts, waitMs)
        return timer(waitMs, how.scheduler)
      }
      return defer(() => {
        const { error } = known ?? {}
        if (known === undefined) return begin()
        known = undefined
        return throwError(() => error)
      }).pipe(retry({ delay: wait }))
    }
  })
}

/** Makes one request at the pace of the run, as often as it takes; `ended` calls it off, also while it waits for another attempt. */
export function ask<T>(
  call: (signal: AbortSignal) => Promise<T>,
  how: Retrying,
  report: Report,
  ended: Observable<void> = NEVER,
): Promise<T> {
  return firstValueFrom(retrying(() => how.pace.paced(abortable(call)), how, report).pipe(takeUntil(ended)))
}
