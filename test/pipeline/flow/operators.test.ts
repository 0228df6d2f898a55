import { describe, expect, it, jest } from '@jest/globals'
import {
  defer,
  EMPTY,
  firstValueFrom,
  lastValueFrom,
  NEVER,
  of,
  Subject,
  take,
  tap,
  throwError,
  timer,
  toArray,
  VirtualTimeScheduler,
  type Subscription,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { abortable } from '../../../src/pipeline/flow/abortable.js'
import { type FailureKind, StoreError } from '../../../src/pipeline/ports/failure.js'
import { fanOut } from '../../../src/pipeline/flow/fan-out.js'
import { RateLimiter } from '../../../src/pipeline/flow/rate-limiter.js'
import { Semaphore } from '../../../src/pipeline/flow/semaphore.js'
import { attempt, type AttemptPolicy, type OnRetry, waitAfter, withBackoff } from '../../../src/pipeline/flow/attempt.js'
import { failureOf } from '../../support/memory-store.js'

const virtual = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected))

interface Item {
  readonly n: number
}

/** Pages of one item each. Counts the pages read and records whether it was closed. */
class Numbers implements AsyncIterator<readonly Item[]> {
  read = 0
  closed = false
  constructor(
    private readonly count: number,
    private readonly failAt = Infinity,
  ) {}
  next(): Promise<IteratorResult<readonly Item[]>> {
    if (this.read >= this.failAt) return Promise.reject(new Error('no more'))
    return Promise.resolve(
      this.read < this.count ? { done: false, value: [{ n: ++this.read }] } : { done: true, value: undefined },
    )
  }
  return(): Promise<IteratorResult<readonly Item[]>> {
    this.closed = true
    return Promise.resolve({ done: true, value: undefined })
  }
}

describe('fanOut', () => {
  const all = (items: AsyncIterator<readonly Item[]>, pullers: number) =>
    lastValueFrom(fanOut(items, pullers, ({ n }) => of(n)).pipe(toArray()))

  it.each([
    ['nothing', 0, []],
    ['one item', 1, [1]],
    ['fewer items than pullers', 3, [1, 2, 3]],
  ])('%s', async (_what, count, expected) => {
    expect(await all(new Numbers(count), 5)).toEqual(expected)
  })

  it('many items, each once', async () => {
    expect((await all(new Numbers(1_000), 7)).sort((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1))
  })

  it('the items of a page, and of an empty one', async () => {
    async function* pages(): AsyncGenerator<readonly Item[]> {
      yield await Promise.resolve([{ n: 1 }, { n: 2 }, { n: 3 }])
      yield []
      yield [{ n: 4 }]
    }
    expect((await all(pages(), 2)).sort()).toEqual([1, 2, 3, 4])
  })

  it('takes no item before a puller is free, so memory does not grow with the source', async () => {
    const numbers = new Numbers(1_000)
    const running = fanOut(numbers, 4, () => NEVER).subscribe()
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(numbers.read).toBe(4)
    running.unsubscribe()
  })

  it('closes an endless source when its subscriber unsubscribes', async () => {
    const numbers = new Numbers(Infinity)
    expect(await lastValueFrom(fanOut(numbers, 3, ({ n }) => of(n)).pipe(take(10), toArray()))).toHaveLength(10)
    expect(numbers.closed).toBe(true)
  })

  it('finishes the items in progress before it emits the error of a failed source', async () => {
    const done: number[] = []
    const work = ({ n }: Item) => timer(2).pipe(tap(() => done.push(n)))
    await expect(lastValueFrom(fanOut(new Numbers(10, 3), 3, work))).rejects.toThrow('no more')
    expect(done.sort()).toEqual([1, 2, 3])
  })

  it('ends with the error of failed work', async () => {
    await expect(lastValueFrom(fanOut(new Numbers(10), 2, () => throwError(() => new Error('broken'))))).rejects.toThrow('broken')
  })
})

describe('Semaphore', () => {
  it('runs the given number at once, the others in order', () => {
    const permits = new Semaphore(2)
    const works = [1, 2, 3, 4].map(() => new Subject<string>())
    const begun: number[] = []
    works.forEach((work, index) => permits.hold(defer(() => (begun.push(index + 1), work))).subscribe())
    expect(begun).toEqual([1, 2])
    works[1]?.complete()
    expect(begun).toEqual([1, 2, 3])
    works[0]?.complete()
    expect(begun).toEqual([1, 2, 3, 4])
  })

  it.each([
    ['ends', () => EMPTY],
    ['fails', () => throwError(() => new Error('x'))],
  ])('releases a permit when its work %s', (_how, work) => {
    const permits = new Semaphore(1)
    permits.hold(work()).subscribe({ error: () => undefined })
    let ran = false
    permits.hold(defer(() => ((ran = true), EMPTY))).subscribe()
    expect(ran).toBe(true)
  })

  it('releases a permit when its holder unsubscribes, and gives none to a subscriber that left the queue', () => {
    const permits = new Semaphore(1)
    const holder = permits.hold(NEVER).subscribe()
    const waiting = permits.hold(NEVER).subscribe()
    let ran = false
    permits.hold(defer(() => ((ran = true), NEVER))).subscribe()
    waiting.unsubscribe()
    holder.unsubscribe()
    expect(ran).toBe(true)
  })
})

describe('an attempt', () => {
  const policyOf = (scheduler: VirtualTimeScheduler): AttemptPolicy => ({
    ...{ retries: 5, retryDelayMs: 2_000, scheduler, random: () => 0, rateLimiter: new RateLimiter(scheduler) },
  })

  it('holds its permits while it runs but not while it waits for the next attempt; each failure is reported', async () => {
    const scheduler = new VirtualTimeScheduler()
    const permit = new Semaphore(1)
    const others: string[] = []
    const seen: string[] = []
    const call = (_signal: AbortSignal, n: number): Promise<string> => {
      permit.hold(of(`beside attempt ${n}`)).subscribe((what) => others.push(what))
      seen.push(`attempt ${n}: ${others.length} others`)
      return n < 3 ? Promise.reject(new StoreError(failureOf('transient', 'InternalError'))) : Promise.resolve('done')
    }
    const onRetry: OnRetry = (_failure, n, waitMs) => {
      seen.push(`attempt ${n} failed, waits ${waitMs} ms`)
      // A waiting subscriber gets the permit before the next attempt.
      queueMicrotask(() => scheduler.flush())
    }
    const value = await firstValueFrom(attempt(policyOf(scheduler), { call, onRetry, permits: [permit] }))
    expect(value).toBe('done')
    expect(seen).toEqual([
      ...['attempt 1: 0 others', 'attempt 1 failed, waits 2000 ms'],
      ...['attempt 2: 1 others', 'attempt 2 failed, waits 4000 ms', 'attempt 3: 2 others'],
    ])
  })

  it('reports accepted and refused requests to the rate limiter', async () => {
    const scheduler = new VirtualTimeScheduler()
    const policy = policyOf(scheduler)
    const answered = jest.spyOn(policy.rateLimiter, 'answered')
    const call = (_signal: AbortSignal, n: number): Promise<number> =>
      n === 1 ? Promise.reject(new StoreError(failureOf('throttled', 'SlowDown'))) : Promise.resolve(n)
    const onRetry: OnRetry = () => queueMicrotask(() => scheduler.flush())
    expect(await firstValueFrom(attempt(policy, { call, onRetry }))).toBe(2)
    expect(answered.mock.calls.map(([outcome]) => outcome)).toEqual(['throttled', 'accepted'])
  })

  it('is aborted when its subscriber unsubscribes', () => {
    let aborted = false
    const call = (signal: AbortSignal): Promise<never> =>
      new Promise(() => signal.addEventListener('abort', () => (aborted = true)))
    attempt(policyOf(new VirtualTimeScheduler()), { call, onRetry: () => undefined })
      .subscribe()
      .unsubscribe()
    expect(aborted).toBe(true)
  })
})

describe('the backoff operator', () => {
  const transient = new StoreError(failureOf('transient', 'InternalError'))
  const how = (scheduler: TestScheduler, more: Partial<AttemptPolicy> = {}): AttemptPolicy => ({
    ...{ retries: 5, retryDelayMs: 2_000, scheduler, random: () => 0, rateLimiter: new RateLimiter(scheduler) },
    ...more,
  })

  it('waits 2, 4, 8, 16 and 32 s, reports each failure, and fails with the last', () => {
    const test = virtual()
    const reported: Parameters<OnRetry>[] = []
    test.run(({ expectObservable }) => {
      const attempts = withBackoff(
        () => throwError(() => transient),
        how(test),
        (...report) => reported.push(report),
      )
      expectObservable(attempts).toBe('62s #', undefined, transient)
    })
    expect(reported.map(([, attempt, waitMs]) => [attempt, waitMs])).toEqual([
      [1, 2_000],
      [2, 4_000],
      [3, 8_000],
      [4, 16_000],
      [5, 32_000],
    ])
  })

  it('emits a success after failures once', () => {
    const test = virtual()
    test.run(({ expectObservable }) => {
      const attempts = withBackoff(
        (n) => (n < 3 ? throwError(() => transient) : of(`attempt ${n}`)),
        how(test),
        () => undefined,
      )
      expectObservable(attempts).toBe('6s (a|)', { a: 'attempt 3' })
    })
  })

  it.each(['permanent', 'fatal'] as const)('does not repeat what is %s', (kind) => {
    const test = virtual()
    const error = new StoreError(failureOf(kind, 'AccessDenied'))
    test.run(({ expectObservable }) => {
      const attempts = withBackoff(
        () => throwError(() => error),
        how(test),
        () => undefined,
      )
      expectObservable(attempts).toBe('#', undefined, error)
    })
  })

  it('emits a bug’s error at once', () => {
    const test = virtual()
    const error = new Error('a bug')
    test.run(({ expectObservable }) => {
      const attempts = withBackoff(
        () => throwError(() => error),
        how(test),
        () => undefined,
      )
      expectObservable(attempts).toBe('#', undefined, error)
    })
  })

  it('unsubscribing cancels the wait', () => {
    const test = virtual()
    test.run(({ expectObservable }) => {
      const attempts = withBackoff(
        () => throwError(() => transient),
        how(test),
        () => undefined,
      )
      expectObservable(attempts, '5s !').toBe('')
    })
  })

  it('the wait doubles up to 32 s, plus up to 25 % so that retries do not coincide', () => {
    const waits = (kind: FailureKind, retryDelayMs: number, random = 0) =>
      [1, 2, 3, 4, 5, 6, 9].map((n) => waitAfter({ kind }, n, { retryDelayMs, random: () => random }))
    expect(waits('transient', 2_000)).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 32_000, 32_000])
    expect(waits('transient', 2_000, 0.999_999)[0]).toBe(2_500)
    expect(waits('transient', 60_000)[0]).toBe(60_000)
  })

  it('after being throttled, the wait is short, as the rate limiter slows all attempts down', () => {
    const how = { retryDelayMs: 2_000, random: () => 0 }
    expect([1, 2, 3, 4, 5, 6, 9].map((n) => waitAfter({ kind: 'throttled' }, n, how))).toEqual([
      100, 200, 400, 800, 1_600, 2_000, 2_000,
    ])
  })

  it.each(['transient', 'throttled'] as const)('the wait after a %s failure is at least what the server asks for', (kind) => {
    const how = { retryDelayMs: 2_000, random: () => 0 }
    expect(waitAfter({ kind, retryAfterMs: 7_000 }, 1, how)).toBe(7_000)
    expect(waitAfter({ kind: 'transient', retryAfterMs: 1_000 }, 1, how)).toBe(2_000)
  })

  it('a request that is throttled for ever fails after 15 minutes, and one that is throttled often does not before', () => {
    const test = virtual()
    const error = new StoreError(failureOf('throttled', 'SlowDown'))
    test.run(({ expectObservable }) => {
      const throttled = (times: number) =>
        withBackoff(
          (n) => (n <= times ? throwError(() => error) : of('done')),
          how(test),
          () => undefined,
        )
      expectObservable(throttled(100)).toBe('193100ms (a|)', { a: 'done' })
      expectObservable(throttled(Infinity)).toBe('901100ms #', undefined, error)
    })
  })
})

describe('RateLimiter', () => {
  it('is unlimited until a tenth of a second’s requests is refused, then follows the accepted rate, then grows again', () => {
    const test = virtual()
    test.run(() => {
      const pace = new RateLimiter(test)
      const second = (accepted: number, refused: number): void => {
        const { round } = pace
        for (let i = 0; i < accepted; i++) pace.answered('accepted', round)
        for (let i = 0; i < refused; i++) pace.answered('throttled', round)
        test.frame += 1_000
        pace.answered('accepted')
      }
      second(100, 5)
      expect(pace.limit).toBe(Infinity)
      second(100, 50)
      expect(pace.limit).toBeCloseTo(95, -1)
      const limited = pace.limit
      second(90, 0)
      expect(pace.limit).toBeCloseTo(limited * 1.025, 5)
    })
  })
})

describe('a server’s rate limit', () => {
  /** Start times of `count` attempts, ms; the server accepts `capacity` per second and refuses the others. */
  function begins(count: number, capacity: number) {
    const test = virtual()
    const times: number[] = []
    let refused = 0
    test.run(() => {
      const pace = new RateLimiter(test)
      const taken = new Map<number, number>()
      const attempt = (): void => {
        const second = Math.floor(test.now() / 1_000)
        const before = taken.get(second) ?? 0
        taken.set(second, before + 1)
        const accepted = before < capacity
        if (accepted) times.push(test.now())
        else refused++
        pace.answered(accepted ? 'accepted' : 'throttled')
        if (times.length < count) timer(1, test).subscribe(next)
      }
      const next = (): void => void pace.paced(defer(() => (attempt(), EMPTY))).subscribe()
      for (let worker = 0; worker < 32; worker++) next()
    })
    return { times, refused }
  }

  it('is detected: all attempts succeed, near the limit, with few refusals', () => {
    const { times, refused } = begins(5_000, 500)
    expect(times.length).toBeGreaterThanOrEqual(5_000)
    expect(refused / (times.length + refused)).toBeLessThan(0.1)
    expect((times.at(-1) ?? 0) / 1_000).toBeLessThan(12)
  })

  it('if absent costs no wait', () => {
    const { times, refused } = begins(1_000, 1_000_000)
    expect(refused).toBe(0)
    expect(times.at(-1)).toBeLessThanOrEqual(32)
  })

  it('unsubscribing from a waiting turn frees its timer', () => {
    const test = virtual()
    test.run(() => {
      const pace = new RateLimiter(test)
      for (let i = 0; i < 100; i++) pace.answered('throttled', 0)
      let begun = false
      pace
        .paced(defer(() => ((begun = true), EMPTY)))
        .subscribe()
        .unsubscribe()
      expect(test.actions).toEqual([])
      test.flush()
      expect(begun).toBe(false)
    })
  })
})

describe('abortable', () => {
  it('emits the result of the promise and completes', async () => {
    expect(await lastValueFrom(abortable(() => Promise.resolve(1)).pipe(toArray()))).toEqual([1])
  })

  it('unsubscribing aborts the signal', () => {
    let signal: AbortSignal | undefined
    const running = abortable((its) => {
      signal = its
      return new Promise(() => undefined)
    }).subscribe()
    expect(signal?.aborted).toBe(false)
    running.unsubscribe()
    expect(signal?.aborted).toBe(true)
  })

  it('a signal is used again after work that succeeded, never after work that was cancelled or failed', async () => {
    const signalOf = async (
      end: (running: Subscription, resolve: () => void, reject: () => void) => void,
    ): Promise<AbortSignal> => {
      let used: AbortSignal | undefined
      let resolve = (): void => undefined
      let reject = (): void => undefined
      const running = abortable((signal) => {
        used = signal
        return new Promise<void>((ok, fail) => ([resolve, reject] = [ok, fail]))
      }).subscribe({ error: () => undefined })
      end(running, resolve, reject)
      await Promise.resolve()
      if (used === undefined) throw new Error('the work was not started')
      return used
    }
    const first = await signalOf((_, resolve) => resolve())
    const second = await signalOf((running) => running.unsubscribe())
    const third = await signalOf((_, __, reject) => reject())
    const fourth = await signalOf((_, resolve) => resolve())
    expect(second).toBe(first)
    expect(second.aborted).toBe(true)
    expect([third, fourth].every((signal) => signal !== first && !signal.aborted)).toBe(true)
    expect(fourth).not.toBe(third)
  })
})
