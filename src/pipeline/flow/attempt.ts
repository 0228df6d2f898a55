import { defer, firstValueFrom, NEVER, Observable, retry, type SchedulerLike, takeUntil, throwError, timer } from 'rxjs'
import { type Failure, type FailureKind, StoreError } from '../ports/failure.js'
import { abortable } from './abortable.js'
import type { RateLimiter } from './rate-limiter.js'
import type { Semaphore } from './semaphore.js'

/** The wait stops doubling here, ms. */
const LONGEST_WAIT = 32_000
/** A request that was throttled this often, and for this long (ms), has failed. */
const THROTTLED_AT_MOST = 30
const THROTTLED_FOR = 15 * 60_000
/** The first wait after being throttled, as a part of the usual one, which the wait doubles up to: the rate limiter already slows all attempts. */
const THROTTLED_WAIT = 1 / 20

/** Shared by all attempts of a run: the user's settings, the time, and the request rate. */
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

/** Called for each failure that is retried after `waitMs`. `attempt` counts from 1. */
export type OnRetry = (failure: Failure, attempt: number, waitMs: number) => void

/** Failures that another attempt may fix if it first reads the object's state again. */
const FIXED_BY_LOOKING_AGAIN: ReadonlySet<FailureKind> = new Set(['transient', 'throttled', 'changed'])
/** Failures that repeating the same request may fix. */
export const FIXED_BY_REPEATING: ReadonlySet<FailureKind> = new Set(['transient', 'throttled'])

/** What to attempt, and how. */
export interface Attempt<T> {
  /** One attempt, counted from 1. Unsubscribing aborts the signal. */
  readonly call: (signal: AbortSignal, attempt: number) => Promise<T>
  readonly onRetry: OnRetry
  /** Held during an attempt but not while waiting for the next one; the last permit is taken first. */
  readonly permits?: readonly Semaphore[]
  /** Failures that are retried. Default: those that reading the object's state again may fix. */
  readonly retryable?: ReadonlySet<FailureKind>
}

const NO_PERMITS: readonly Semaphore[] = []

/**
 * The only way to call a store: with the given permits, at the rate that the servers accept, with retries of failures that another attempt
 * may fix, until the subscriber unsubscribes. Throttling uses up no retry, but may lower the rate of all workers.
 * Errors with the last {@link StoreError}; any other error is a bug and is not retried.
 */
export function attempt<T>(policy: AttemptPolicy, { call, onRetry, permits = NO_PERMITS, retryable }: Attempt<T>): Observable<T> {
  const { rateLimiter } = policy
  const once = (n: number): Observable<T> => {
    const answered = async (signal: AbortSignal): Promise<T> => {
      const { round } = rateLimiter
      try {
        const value = await call(signal, n)
        rateLimiter.answered('accepted', round)
        return value
      } catch (error) {
        if (error instanceof StoreError && error.failure.kind === 'throttled') rateLimiter.answered('throttled', round)
        throw error
      }
    }
    return permits.reduce((work, permit) => permit.hold(work), rateLimiter.paced(abortable(answered)))
  }
  return withBackoff(once, policy, onRetry, retryable)
}

/** The same as a promise; `ended` cancels it, also while it waits for another attempt. */
export function attempted<T>(policy: AttemptPolicy, what: Attempt<T>, ended: Observable<void> = NEVER): Promise<T> {
  return firstValueFrom(attempt(policy, what).pipe(takeUntil(ended)))
}

/**
 * The wait after `n` failures of the kind of this one, ms: 2, 4, 8, 16, 32 s by default; 0.1, 0.2, 0.4, 0.8, 1.6, 2 s if throttled; at least
 * what the server asked for. Plus up to 25 % so that retries do not coincide.
 */
export function waitAfter(
  { kind, retryAfterMs = 0 }: Pick<Failure, 'kind' | 'retryAfterMs'>,
  n: number,
  { retryDelayMs, random }: Pick<AttemptPolicy, 'retryDelayMs' | 'random'>,
): number {
  const doubled = 2 ** (n - 1)
  const wait =
    kind === 'throttled'
      ? Math.min(retryDelayMs * THROTTLED_WAIT * doubled, retryDelayMs)
      : Math.max(retryDelayMs, Math.min(retryDelayMs * doubled, LONGEST_WAIT))
  return Math.round(Math.max(wait, retryAfterMs) * (1 + random() / 4))
}

/** The backoff operator: subscribes to `once(1)`, and after a retryable failure and a wait to `once(2)` and so on. */
export function withBackoff<T>(
  once: (n: number) => Observable<T>,
  policy: AttemptPolicy,
  onRetry: OnRetry,
  retryable: ReadonlySet<FailureKind> = FIXED_BY_LOOKING_AGAIN,
): Observable<T> {
  return new Observable<T>((subscriber) => {
    let attempts = 0
    const begin = (): Observable<T> => once(++attempts)
    // Most requests succeed at once: the retry operator is only set up after a failure.
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
      let throttledSince = 0
      const wait = (error: unknown): Observable<unknown> => {
        if (!(error instanceof StoreError)) return throwError(() => error)
        const { kind } = error.failure
        const now = policy.scheduler.now()
        if (kind === 'throttled' && throttled++ === 0) throttledSince = now
        const spent = attempts - throttled
        const over =
          kind === 'throttled' ? throttled > THROTTLED_AT_MOST && now - throttledSince > THROTTLED_FOR : spent > policy.retries
        if (!retryable.has(kind) || over) return throwError(() => error)
        const waitMs = waitAfter(error.failure, kind === 'throttled' ? throttled : spent, policy)
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
