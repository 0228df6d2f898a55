import { describe, expect, it } from '@jest/globals'
import { defer, from, mergeMap, toArray } from 'rxjs'
import { TokenBucket } from '../../../src/pipeline/flow/limited-stores.js'
import { MemoryStore } from '../../support/memory-store.js'
import { ofType, VirtualWorld } from '../harness.js'

const never = new AbortController().signal
const KiB = 1024

/** Start times of pieces that are taken by one worker each, ms after the first. */
async function turns(perSecond: number, pieces: readonly number[]): Promise<number[]> {
  const { scheduler, settle } = bound(new VirtualWorld())
  const bucket = new TokenBucket(perSecond, scheduler)
  const began = scheduler.now()
  const taken = from(pieces).pipe(
    mergeMap((count) => bucket.take(count, never).then(() => scheduler.now() - began), pieces.length),
  )
  return settle(taken.pipe(toArray()))
}

function bound(world: VirtualWorld) {
  return { scheduler: world.scheduler, settle: world.settle.bind(world) }
}

describe('a token bucket', () => {
  it('starts the first piece at once and the others at its rate, in order', async () => {
    const times = await turns(
      100,
      Array.from({ length: 300 }, () => 1),
    )
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times[0]).toBe(0)
    expect(times.at(-1)).toBeGreaterThanOrEqual(2_800)
    expect(times.at(-1)).toBeLessThanOrEqual(3_000)
  })

  it('starts a piece larger than one second’s worth at once; the next one waits', async () => {
    expect(await turns(1000, [5_000, 1])).toEqual([0, 4_900])
  })

  it('does not save up unused tokens', async () => {
    const world = new VirtualWorld()
    const bucket = new TokenBucket(10, world.scheduler)
    const took: number[] = []
    const later = defer(async () => {
      await new Promise<void>((resolve) => world.scheduler.schedule(() => resolve(), 60_000))
      const began = world.scheduler.now()
      for (let i = 0; i < 21; i++) await bucket.take(1, never).then(() => took.push(world.scheduler.now() - began))
    })
    await world.settle(later)
    expect(took.at(-1)).toBeGreaterThanOrEqual(1_900)
  })

  it('rejects an aborted wait at once', async () => {
    const { scheduler } = new VirtualWorld()
    const bucket = new TokenBucket(0.001, scheduler)
    await bucket.take(1, never)
    const controller = new AbortController()
    const waiting = bucket.take(1, controller.signal)
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ failure: { code: 'Aborted' } })
    expect(scheduler.actions).toEqual([])
  })
})

describe('a run within limits', () => {
  const seeded = (count: number, size: number): VirtualWorld => {
    const source = new MemoryStore()
    for (let i = 0; i < count; i++) source.seed('media', `k${i}`, Buffer.alloc(size, i))
    return new VirtualWorld(source)
  }
  const took = (world: VirtualWorld): number => world.scheduler.now()

  it('--max-rps: limits the requests of source, target and all workers together', async () => {
    const world = seeded(50, 1)
    const began = took(world)
    const events = await world.run({ workers: 16, limits: { requestsPerSecond: 10 } })
    const { source, target } = world.stores
    const requests = [...source.calls.values(), ...target.calls.values()].reduce((sum, count) => sum + count, 0)
    expect(ofType(events, 'object-copied')).toHaveLength(50)
    expect((took(world) - began) / 1_000).toBeGreaterThan(requests / 10 - 1)
    expect((took(world) - began) / 1_000).toBeLessThan(requests / 10 + 1)
  })

  it('--bwlimit: limits the bytes of all workers together', async () => {
    const world = seeded(20, 10 * KiB)
    const began = took(world)
    const events = await world.run({ workers: 8, limits: { bytesPerSecond: 20 * KiB } })
    expect(ofType(events, 'object-copied')).toHaveLength(20)
    expect((took(world) - began) / 1_000).toBeGreaterThan(9)
    expect((took(world) - began) / 1_000).toBeLessThan(11)
  })

  it('does not count bytes of server-side copies', async () => {
    const store = seeded(20, 10 * KiB).stores.source
    const world = new VirtualWorld(store, store.seed('copy', 'x', ''))
    const began = took(world)
    const pairs = [{ source: { bucket: 'media', prefix: '', self: false }, target: { bucket: 'copy', prefix: '', self: false } }]
    await world.run({ pairs, serverSideCopy: true, limits: { bytesPerSecond: KiB } })
    expect(took(world) - began).toBe(0)
    expect(Object.keys(store.contents('copy') ?? {})).toHaveLength(21)
  })
})
