import { describe, expect, it } from '@jest/globals'
import { VirtualTimeScheduler } from 'rxjs'
import { attempt, type AttemptPolicy } from '../../../src/pipeline/flow/attempt.js'
import { RateLimiter } from '../../../src/pipeline/flow/rate-limiter.js'
import { RequestRate } from '../../../src/pipeline/flow/request-rate.js'
import { Semaphore } from '../../../src/pipeline/flow/semaphore.js'
import { StoreError } from '../../../src/pipeline/ports/failure.js'
import { failureOf } from '../../support/memory-store.js'
import { seededRandom } from '../../support/random.js'

/** Whether a server accepts a request at `now` (ms). */
type Server = (now: number) => boolean

interface Simulated {
  /** When each request was answered, ms, and whether it was accepted. */
  readonly answers: readonly { readonly at: number; readonly accepted: boolean }[]
  /** When the last object was finished, ms. */
  readonly seconds: number
  readonly failed: number
}

/** Runs `objects` attempts with `workers` permits against a server that answers after `rttMs`, in virtual time. */
async function simulate(objects: number, workers: number, rttMs: number, server: Server, seed = 1): Promise<Simulated> {
  const scheduler = new VirtualTimeScheduler()
  const random = seededRandom(seed)
  const policy: AttemptPolicy = { retries: 5, retryDelayMs: 2_000, scheduler, random, rateLimiter: new RateLimiter(scheduler) }
  const permit = new Semaphore(workers)
  const answers: { at: number; accepted: boolean }[] = []
  const call = (): Promise<number> =>
    new Promise((resolve, reject) => {
      scheduler.schedule(() => {
        const accepted = server(scheduler.now())
        answers.push({ at: scheduler.now(), accepted })
        if (accepted) resolve(scheduler.now())
        else reject(new StoreError(failureOf('throttled', 'SlowDown')))
      }, rttMs)
    })
  let [left, failed, lastMs] = [objects, 0, 0]
  for (let i = 0; i < objects; i++) {
    attempt(policy, { call, onRetry: () => undefined, permits: [permit] }).subscribe({
      next: (at) => ((lastMs = Math.max(lastMs, at)), left--),
      error: () => (failed++, left--),
    })
  }
  // Promises settle between two moments of the virtual time.
  while (left > 0) {
    const [next] = scheduler.actions
    if (next === undefined) throw new Error('there is nothing left to wait for')
    scheduler.maxFrames = next.delay
    scheduler.flush()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { answers, seconds: lastMs / 1_000, failed }
}

/** The share of refusals among the answers since `fromMs`. */
function refusedSince(fromMs: number, { answers }: Simulated): number {
  const since = answers.filter(({ at }) => at >= fromMs)
  return since.filter(({ accepted }) => !accepted).length / since.length
}

/** Refuses a share of the requests, whatever their rate. */
function atRandom(share: number, seed = 7): Server {
  const random = seededRandom(seed)
  return () => random() >= share
}

/** Accepts so many requests in each second of its clock. */
function perSecond(limit: (now: number) => number): Server {
  let [second, count] = [-1, 0]
  return (now) => {
    if (Math.floor(now / 1_000) !== second) [second, count] = [Math.floor(now / 1_000), 0]
    return ++count <= limit(now)
  }
}

/** Accepts so many requests a second, and at first as many more as its bucket holds. */
function bucket(limit: number, capacity: number): Server {
  let [tokens, last] = [capacity, 0]
  return (now) => {
    tokens = Math.min(capacity, tokens + ((now - last) * limit) / 1_000)
    last = now
    if (tokens < 1) return false
    tokens--
    return true
  }
}

describe('a server that refuses requests at random, whatever their rate', () => {
  const cases = [0.1, 0.3, 0.5, 0.75].flatMap((share) =>
    [1, 2, 3].flatMap((seed) => [10, 64].map((n) => [share, n, seed] as const)),
  )
  it.each(cases)('a share of %d, %d workers, seed %d: is not slowed down for long', async (share, workers, seed) => {
    const [objects, rttMs] = [1_000, 20]
    const run = await simulate(objects, workers, rttMs, atRandom(share, seed), seed)
    const ideal = objects / (1 - share)
    expect(run.failed).toBe(0)
    expect(run.answers.length).toBeLessThan(ideal * 1.2)
    // The rate falls for some seconds until it is clear that this does not help; then the waits of the unluckiest object remain.
    const unluckiest = Math.log(objects) / -Math.log(share)
    expect(run.seconds).toBeLessThan((ideal * rttMs) / 1_000 / workers + 5 + 3 * unluckiest)
  })
})

describe('a server with a fixed limit', () => {
  it.each<[string, number, () => Server]>([
    ['for each second of its clock', 500, () => perSecond(() => 500)],
    ['that is low', 20, () => perSecond(() => 20)],
    ['with a bucket for bursts', 200, () => bucket(200, 1_000)],
    ['with a large bucket for bursts', 200, () => bucket(200, 4_000)],
  ])('%s: is found within seconds, and hardly exceeded from then on', async (_how, limit, server) => {
    const objects = 15 * limit
    for (const workers of [10, 64, 256]) {
      const run = await simulate(objects, workers, 5, server())
      expect(run.failed).toBe(0)
      expect(run.seconds).toBeLessThan((objects / limit) * 1.2 + 3)
      if (run.seconds > 6) expect(refusedSince(5_000, run)).toBeLessThan(0.03)
    }
  })

  it('and other refusals at random: both are found', async () => {
    const [limited, random] = [perSecond(() => 300), atRandom(0.3)]
    const run = await simulate(4_000, 64, 5, (now) => limited(now) && random(now))
    expect(run.seconds).toBeLessThan((4_000 / 300 / 0.7) * 1.4 + 5)
    expect(refusedSince(8_000, run)).toBeLessThan(0.4)
  })

  it('that rises: is found as fast as it was before', async () => {
    const run = await simulate(
      10_000,
      64,
      5,
      perSecond((now) => (now < 20_000 ? 20 : 1_000)),
    )
    expect(run.seconds).toBeLessThan(20 + 10 + 20)
  })
})

describe('while little is asked', () => {
  it('refusals do not limit the rate, as what is accepted depends on what is asked', () => {
    const rate = new RequestRate(0)
    for (let at = 0; at < 10_000; at += 100) rate.heard(at % 300 === 0 ? 'accepted' : 'throttled', at, rate.round)
    expect(rate.perSecond).toBe(Infinity)
  })
})

describe('a server that refuses everything for a time', () => {
  it('is asked rarely meanwhile, and used fully soon afterwards', async () => {
    const run = await simulate(2_000, 64, 5, (now) => now >= 60_000)
    expect(run.failed).toBe(0)
    expect(run.answers.filter(({ at }) => at >= 20_000 && at < 60_000).length).toBeLessThan(80)
    expect(run.seconds).toBeLessThan(60 + 25)
  })
})
