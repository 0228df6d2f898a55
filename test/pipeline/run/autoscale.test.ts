import { describe, expect, it } from '@jest/globals'
import { defer, Subject } from 'rxjs'
import { adapting } from '../../../src/pipeline/run/autoscale.js'
import type { EventOf, SyncEvent } from '../../../src/pipeline/events/events.js'
import { RateLimiter } from '../../../src/pipeline/flow/rate-limiter.js'
import { Semaphore } from '../../../src/pipeline/flow/semaphore.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import type { ObjectStore } from '../../../src/pipeline/ports/object-store.js'
import { delegate } from '../../../src/pipeline/ports/wrap-store.js'
import { failureOf, MemoryStore } from '../../support/memory-store.js'
import { ofType, pair, PLAN, VirtualWorld } from '../harness.js'

const about = { pair: pair('b'), key: 'k', size: 0 }
const copied = (at: number): SyncEvent => ({
  ...{ type: 'object-copied', at, ...about, targetKey: 'k', reason: 'new', etag: '', attempts: 1 },
})
const failed = (at: number, kind: 'throttled' | 'transient', code: string): SyncEvent => ({
  ...{ type: 'attempt-failed', at, ...about, attempt: 1, waitMs: 1, failure: failureOf(kind, code) },
})

/** A run with `--workers auto` and a server that settles `rate(workers)` objects/s; the share `strain` of the attempts fails. */
function simulate(
  seconds: number,
  rate: (workers: number) => number,
  more: {
    most?: number
    strain?: number
    adaptive?: boolean
    settles?: (at: number) => SyncEvent
    strains?: (at: number) => SyncEvent
  } = {},
) {
  const { most = 1024, strain = 0, adaptive = true, settles = copied } = more
  const { strains = (at: number) => failed(at, 'transient', 'ConnectionReset') } = more
  const { scheduler, random } = new VirtualWorld()
  const policy = { retries: 5, retryDelayMs: 1, scheduler, random, rateLimiter: new RateLimiter(scheduler) }
  const permits = new Semaphore(adaptive ? 10 : most)
  const plan = { ...PLAN, workers: most, adaptive }
  const events = new Subject<SyncEvent>()
  const changes: EventOf<'pace-changed'>[] = []
  const subscription = events.pipe(adapting({ plan, policy, permits, scheduler })).subscribe((event) => {
    if (event.type === 'pace-changed') changes.push(event)
  })
  let workers = adaptive ? 10 : most
  let strained = 0
  for (let now = 0; now < seconds * 1_000;) {
    now += 1_000 / rate(workers)
    scheduler.frame = now
    strained += strain
    if (strained >= 1) {
      strained--
      events.next(strains(now))
    } else events.next(settles(now))
    workers = changes.at(-1)?.workers ?? workers
  }
  subscription.unsubscribe()
  return { changes, workers }
}

describe('--workers auto', () => {
  it('doubles while throughput improves: a distant server is busy within two seconds', () => {
    const { changes, workers } = simulate(2, (n) => n / 0.04)
    expect(changes.slice(0, 6).map((change) => change.workers)).toEqual([20, 40, 80, 160, 320, 640])
    expect(workers).toBeGreaterThan(600)
  })

  it.each<[string, (at: number) => SyncEvent]>([
    [
      'versions',
      (at) => ({
        ...{ type: 'version-copied', at, ...about, size: 1, targetKey: 'k', sourceVersion: '1' },
        ...{ etag: '', marker: false, attempts: 1 },
      }),
    ],
    ['proofs of verify', (at) => ({ type: 'object-proven', at, ...about, size: 1, proof: 'bytes' })],
    ['differences that verify finds', (at) => ({ type: 'object-different', at, ...about, size: 1, difference: 'bytes' })],
  ])('adapts to %s as well', (_, settles) => {
    expect(simulate(2, (n) => n / 0.04, { settles }).workers).toBeGreaterThan(600)
  })

  it('stops at the maximum', () => {
    expect(simulate(5, (n) => n / 0.04, { most: 64 }).workers).toBe(64)
  })

  it('returns to the earlier number when twice the workers settle no more', () => {
    const { changes } = simulate(0.9, (n) => Math.min(1_000, n * 50))
    expect(changes.map(({ workers, cause }) => [workers, cause])).toEqual([
      [20, 'trying-more'],
      [40, 'trying-more'],
      [20, 'no-gain'],
    ])
  })

  it('then adds a tenth from time to time, less often while that does not help', () => {
    const { changes } = simulate(120, (n) => Math.min(1_000, n * 50))
    const tried = changes.filter(({ cause }) => cause === 'trying-more').slice(2)
    expect(tried.every(({ workers }) => workers === 22)).toBe(true)
    const gaps = tried.slice(1).map(({ at }, i) => at - (tried[i]?.at ?? 0))
    expect(gaps.at(-1)).toBeGreaterThan(4 * (gaps[0] ?? 0))
  })

  it('keeps a tenth more if that helps: it uses capacity that becomes available later', () => {
    let now = 0
    const { workers } = simulate(400, (n) => Math.min(++now > 20_000 ? 2_000 : 1_000, n * 50))
    expect(workers).toBeGreaterThan(30)
  })

  it('keeps the workers when the server throttles: the rate limiter slows them down', () => {
    const { workers } = simulate(2, (n) => n / 0.04, { strain: 0.5, strains: (at) => failed(at, 'throttled', 'SlowDown') })
    expect(workers).toBeGreaterThan(600)
  })

  it('halves the workers when more than a tenth is cut, down to one', () => {
    expect(simulate(60, (n) => n * 50, { strain: 0.2 }).workers).toBe(1)
    expect(simulate(60, (n) => n * 50, { strain: 0.05 }).workers).toBeGreaterThan(10)
  })

  it('a fixed number of workers is kept', () => {
    expect(simulate(30, (n) => n * 50, { most: 32, strain: 0.2, adaptive: false }).changes).toEqual([])
  })
})

describe('a run with --workers auto against distant servers', () => {
  const objects = 300
  const filled = (versions: number): MemoryStore => {
    const store = new MemoryStore().keeping('media')
    for (let i = 0; i < objects; i++) for (let n = 0; n < versions; n++) store.seed('media', `k${i}`, `content ${n}`)
    return store
  }

  it.each<[string, MemoryStore, MemoryStore, Partial<SyncPlan>]>([
    ['copies objects', filled(1), new MemoryStore().keeping('media'), {}],
    ['copies versions', filled(2), new MemoryStore().keeping('media'), { versions: true }],
    ['verifies', filled(1), filled(1), { verifiesOnly: true, verifies: { deep: true } }],
  ])('uses more workers when it %s', async (_what, source, target, plan) => {
    const world = new VirtualWorld(source, target)
    const distant = (store: MemoryStore): ObjectStore =>
      delegate(store, (call) => async (request) => {
        await new Promise<void>((resolve) => void world.scheduler.schedule(() => resolve(), 50))
        return call(request)
      })
    const stores = { source: distant(source), target: distant(target) }
    const events = await world.run({ ...plan, workers: 64, adaptive: true }, stores)
    const settled = ofType(events, 'object-copied').length + ofType(events, 'version-copied').length
    expect(settled + ofType(events, 'object-proven').length).toBe(objects * (plan.versions === true ? 2 : 1))
    expect(ofType(events, 'pace-changed').map(({ workers }) => workers)).toContain(20)
  })
})

describe('a Semaphore that is resized', () => {
  it('runs more at once, or fewer as permits are released', () => {
    const permits = new Semaphore(1)
    const works = Array.from({ length: 6 }, () => new Subject<never>())
    const begun: number[] = []
    works.forEach((work, index) => permits.hold(defer(() => (begun.push(index), work))).subscribe())
    expect(begun).toEqual([0])
    permits.resize(3)
    expect(begun).toEqual([0, 1, 2])
    permits.resize(1)
    works[0]?.complete()
    works[1]?.complete()
    expect(begun).toEqual([0, 1, 2])
    works[2]?.complete()
    expect(begun).toEqual([0, 1, 2, 3])
  })
})
