import { defer, firstValueFrom, NEVER, Observable, retry, type SchedulerLike, takeUntil, throwError, timer } from 'rxjs'
import { type Failure, type FailureKind, StoreError } from '../ports/failure.js'
import { abortable } from './abortable.js'
import type { RateLimiter } from './rate-limiter.js'
import type { Semaphore } from './semaphore.js'

/** The wait stops doubling here, ms. */
const LONGEST_WAIT = 32_000
/** A request that was throttled this often (a quarter of an hour by default) has failed. */
const THROTTLED_AT_MOST = 30

/** What all attempts of a run share: the numbers that a user sets, the time, and the rate at which requests begin. */
export interface AttemptPolicy {
  /** further attempts after the first */
  readonly retries: number
  /** ms before the second attempt; doubles each time */
  readonly retryDelayMs: number
  readonly scheduler: SchedulerLike
  /** in [0, 1) */
  readonly random: () => number
  readonly rateLimiter: RateLimiter
}

/** Called for each failure that another attempt follows after `waitMs`. `attempt` counts from 1. */
export type OnRetry = (failure: Failure, attempt: number, waitMs: number) => void

/** Failures that another attempt may fix when it begins by looking at the object again. */
const FIXED_BY_LOOKING_AGAIN: ReadonlySet<FailureKind> = new Set(['transient', 'throttled', 'changed'])
/** Failures that the very same request, sent again, may fix. */
export const FIXED_BY_REPEATING: ReadonlySet<FailureKind> = new Set(['transient', 'throttled'])

/** What is attempted. */
export interface Attempt<T> {
  /** One attempt, counted from 1. Unsubscribing aborts the signal. */
  readonly call: (signal: AbortSignal, attempt: number) => Promise<T>
  readonly onRetry: OnRetry
  /** Held during an attempt and not while waiting for the next; the last is taken first. */
  readonly permits?: readonly Semaphore[]
  /** Failures that are worth another attempt; by default those that a fresh look at the object may fix. */
  readonly retryable?: ReadonlySet<FailureKind>
}

const NO_PERMITS: readonly Semaphore[] = []

/**
 * The one way to call a store: under the given permits, at the rate that the servers take, again after a failure that another attempt may fix,
 * until nobody waits for the result any more. Being throttled uses up no retry, but slows everybody down.
 * Errors with the last {@link StoreError}; anything else is a broken invariant and is not retried.
 */
export function attempt<T>(policy: AttemptPolicy, { call, onRetry, permits = NO_PERMITS, retryable }: Attempt<T>): Observable<T> {
  const { rateLimiter } = policy
  const once = (n: number): Observable<T> => {
    const answered = async (signal: AbortSignal): Promise<T> => {
      const value = await call(signal, n)
      rateLimiter.answered('accepted')
      return value
    }
    return permits.reduce((work, permit) => permit.hold(work), rateLimiter.paced(abortable(answered)))
  }
  return withBackoff(once, policy, onRetry, retryable)
}

/** The same as a promise; `ended` cancels it, also while it waits for another attempt. */
export function attempted<T>(policy: AttemptPolicy, what: Attempt<T>, ended: Observable<void> = NEVER): Promise<T> {
  return firstValueFrom(attempt(policy, what).pipe(takeUntil(ended)))
}

/** The wait before attempt `n + 1` when `n` have failed, ms: 2, 4, 8, 16, 32 s by default, and up to a quarter more so that waits don't meet. */
export function backoff(n: number, delayMs: number, random: () => number): number {
  const wait = Math.max(delayMs, Math.min(delayMs * 2 ** (n - 1), LONGEST_WAIT))
  return Math.round(wait * (1 + random() / 4))
}

/** The backoff operator: subscribes to `once(1)`, and after a failure that is worth it and a wait to `once(2)` and so on. */
export function withBackoff<T>(
  once: (n: number) => Observable<T>,
  policy: AttemptPolicy,
  onRetry: OnRetry,
  retryable: ReadonlySet<FailureKind> = FIXED_BY_LOOKING_AGAIN,
): Observable<T> {
  return new Observable<T>((subscriber) => {
    let attempts = 0
    const begin = (): Observable<T> => once(++attempts)
    // Most requests need no other attempt: the operator is set up for those that do.
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
          policy.rateLimiter.answered('throttled')
        }
        const spent = attempts - throttled
        const over = kind === 'throttled' ? throttled > THROTTLED_AT_MOST : spent > policy.retries
        if (!retryable.has(kind) || over) return throwError(() => error)
        const waitMs = backoff(kind === 'throttled' ? throttled : spent, policy.retryDelayMs, policy.random)
        onRetry(error.failure, attempts, waitMs)
        return timer(waitMs, policy.scheduler)
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
