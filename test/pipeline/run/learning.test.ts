import { describe, expect, it } from '@jest/globals'
import { takeWhile, toArray } from 'rxjs'
import * as v from 'valibot'
import { EventSchema, type LearnedEvent, type SyncEvent } from '../../../src/pipeline/events/events.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { etagFactsOf, learn, NOTHING_LEARNED } from '../../../src/pipeline/state/learned.js'
import type { ObjectStore } from '../../../src/pipeline/ports/object-store.js'
import { StoreError } from '../../../src/pipeline/ports/failure.js'
import type { Stores } from '../../../src/pipeline/ports/stores.js'
import { delegate } from '../../../src/pipeline/ports/wrap-store.js'
import { failureOf, MemoryStore } from '../../support/memory-store.js'
import { eventsOf, MemoryJournal, ofType, pair, PLAN, resumedFrom, VirtualWorld, worldOf } from '../harness.js'

const PAIR = pair('media')
const EVENTS: readonly LearnedEvent[] = [
  { type: 'etag-trust-changed', at: 1, pair: PAIR, etags: 'md5', isTested: true, hasHidden: false },
  { type: 'etag-trust-changed', at: 2, pair: PAIR, etags: 'none', isTested: true, hasHidden: false },
  { type: 'feature-support-learned', at: 3, bucket: 'media', feature: 'tags', support: { is: 'refused', why: 'no tags' } },
  { type: 'feature-support-learned', at: 4, bucket: 'media', feature: 'acl', support: { is: 'held' } },
  { type: 'server-side-copy-refused', at: 5, of: 'backups', code: 'AccessDenied' },
  { type: 'ranges-ignored', at: 5 },
  { type: 'clock-difference-learned', at: 6, aheadMs: 3_000, withinMs: 500 },
  { type: 'clock-difference-learned', at: 7, aheadMs: -9_000, withinMs: 500 },
]

describe('the facts that a run learns', () => {
  it('are the latest for each pair, feature, kind of copy, and the clocks', () => {
    expect(EVENTS.reduce(learn, NOTHING_LEARNED)).toEqual({
      etags: [{ pair: PAIR, etags: 'none', isTested: true, hasHidden: false }],
      features: { media: { tags: { is: 'refused', why: 'no tags' }, acl: { is: 'held' } } },
      serverSideCopyRefused: { backups: 'AccessDenied' },
      ignoresRanges: true,
      clocks: { aheadMs: -9_000, withinMs: 500 },
    })
  })

  it('assume MD5s as ETags of a pair at first', () => {
    expect(etagFactsOf(NOTHING_LEARNED, PAIR)).toEqual({ etags: 'md5', isTested: false, hasHidden: false })
  })

  it('are in the journal as they were emitted', () => {
    for (const event of EVENTS) expect(v.parse(EventSchema, JSON.parse(JSON.stringify(event)))).toEqual(event)
  })
})

describe('a run that is interrupted after it learned something', () => {
  /** Runs a plan in two processes; the first ends right after the first event of a type. */
  async function inTwoProcesses(
    world: VirtualWorld,
    plan: Partial<SyncPlan>,
    until: SyncEvent['type'],
    stores: Stores = world.stores,
  ): Promise<MemoryJournal> {
    const journal = new MemoryJournal()
    world.journal = journal
    const run = () => eventsOf({ ...PLAN, ...plan }, worldOf(world, stores))
    await world.settle(
      run().pipe(
        takeWhile(({ type }) => type !== until, true),
        toArray(),
      ),
    )
    world.resumed = resumedFrom(journal)
    await world.settle(run().pipe(toArray()))
    return journal
  }

  it('does not try server-side copies again that were refused', async () => {
    const store = new MemoryStore()
    for (let i = 0; i < 20; i++) store.seed('media', `k${i}`, 'x')
    store.failing('copy', () => failureOf('permanent', 'AccessDenied', 'CopyObject', 403))
    const pairs = [{ source: PAIR.source, target: { ...PAIR.target, bucket: 'copy' } }]
    const world = new VirtualWorld(store, store)
    const journal = await inTwoProcesses(world, { serverSideCopy: true, pairs, workers: 1 }, 'server-side-copy-refused')
    expect(ofType(journal.events, 'run-resumed')).toHaveLength(1)
    expect(store.calls.get('copy')).toBe(1)
    expect(ofType(journal.events, 'server-side-copy-refused')).toHaveLength(1)
    expect(Object.keys(store.contents('copy') ?? {})).toHaveLength(20)
  })

  it('does not ask again for parts of objects from a source that returns only whole ones', async () => {
    const memory = new MemoryStore()
    for (let i = 0; i < 4; i++) memory.seed('media', `k${i}`, Buffer.alloc(2 ** 21, `content of ${i}`))
    let parts = 0
    const source: ObjectStore = {
      ...delegate(memory, (call) => call),
      get: ({ range, ...request }) => {
        if (range === undefined) return memory.get(request)
        parts++
        return Promise.reject(new StoreError(failureOf('permanent', 'RangeIgnored', 'GetObject')))
      },
    }
    const world = new VirtualWorld(memory)
    const plan = { workers: 1, partThreshold: 2 ** 20 }
    const journal = await inTwoProcesses(world, plan, 'ranges-ignored', { source, target: world.stores.target })
    expect(world.stores.target.contents('media')).toEqual(memory.contents('media'))
    expect(parts).toBe(1)
    expect(ofType(journal.events, 'attempt-failed')).toEqual([])
  })

  it('does not announce checksums again to a target that refused them', async () => {
    const source = new MemoryStore({ checksums: true })
    for (let i = 0; i < 20; i++) source.seed('media', `k${i}`, 'x')
    const announced: boolean[] = []
    const memory = new MemoryStore()
    const target: ObjectStore = {
      ...delegate(memory, (call) => call),
      put: async ({ checksum, ...request }) => {
        announced.push(checksum !== undefined)
        return { ...(await memory.put(request)), ...(checksum && { refusesChecksums: true }) }
      },
    }
    const world = new VirtualWorld(source, memory)
    const journal = await inTwoProcesses(world, { workers: 1 }, 'feature-support-learned', { source, target })
    expect(Object.keys(memory.contents('media') ?? {})).toHaveLength(20)
    expect(announced.filter(Boolean)).toHaveLength(1)
    const learned = ofType(journal.events, 'feature-support-learned')
    expect(learned.filter(({ feature }) => feature === 'checksum with a write')).toMatchObject([{ support: { is: 'refused' } }])
  })
})

describe('clocks of two servers', () => {
  const clock = (of: string, nowMs: number) => () => ({ of, nowMs, withinMs: 500 })

  it('that differ are reported once, and again when the difference changes', async () => {
    let aheadMs = 60_000
    const source = new MemoryStore({ pageSize: 2, clock: clock('a', 1_000_000) })
    const target = new MemoryStore({ pageSize: 2, clock: () => clock('b', 1_000_000 + aheadMs)() })
    for (let i = 0; i < 10; i++) source.seed('media', `k${i}`, 'x')
    for (let i = 0; i < 10; i++) target.seed('media', `k${i}`, 'x')
    source.failing('listPage', (_call, count) => {
      if (count === 4) aheadMs = -60_000
      return undefined
    })
    const events = await new VirtualWorld(source, target).run({})
    expect(ofType(events, 'clock-difference-learned').map(({ aheadMs: told }) => told)).toEqual([60_000, -60_000])
  })

  it('that agree cause no event', async () => {
    const source = new MemoryStore({ clock: clock('a', 1_000_000) }).seed('media', 'k', 'x')
    const target = new MemoryStore({ clock: clock('b', 1_000_400) }).seed('media', 'k', 'x')
    expect(ofType(await new VirtualWorld(source, target).run({}), 'clock-difference-learned')).toEqual([])
  })
})
