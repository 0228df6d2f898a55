import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { NEVER, Subject, take, toArray } from 'rxjs'
import { type Failure, StoreError } from '../../../src/pipeline/ports/failure.js'
import type { SyncEvent } from '../../../src/pipeline/events/events.js'
import { RemainingWork } from '../../../src/pipeline/state/remaining-work.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { evolve, initialState, overall, type RunState } from '../../../src/pipeline/state/run-state.js'
import { MemoryStore, type MemoryStoreOptions } from '../../support/memory-store.js'
import {
  eventsOf,
  memoryCandidates,
  MemoryJournal,
  objectsIn,
  ofType,
  pair,
  PLAN,
  resumedFrom,
  VirtualWorld,
} from '../harness.js'

/** A run in several processes, each killed after the given number of events; the last one finishes. */
async function inProcesses(world: VirtualWorld, plan: SyncPlan, kills: readonly number[]): Promise<SyncEvent[]> {
  const journal = new MemoryJournal()
  const candidates = memoryCandidates()
  for (const events of [...kills, Infinity]) {
    world.candidates = candidates
    if (journal.events.length > 0) world.resumed = resumedFrom(journal)
    world.journal = journal
    await world.settle(eventsOf(plan, world).pipe(take(events), toArray()))
  }
  return journal.events
}

const stateOf = (events: readonly SyncEvent[]): RunState => events.reduce(evolve, initialState)
const totalsOf = (events: readonly SyncEvent[]) => overall(stateOf(events))

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `k${String(i).padStart(4, '0')}`)

function bucketOf(contents: Readonly<Record<string, string>>, options: MemoryStoreOptions = {}): MemoryStore {
  const store = new MemoryStore({ pageSize: 4, ...options }).seed('media', 'x', '')
  store.remove('media', 'x')
  for (const [key, content] of Object.entries(contents)) store.seed('media', key, content)
  return store
}

const withContents = (keys: readonly string[], content = (key: string) => `content of ${key}`): Record<string, string> =>
  Object.fromEntries(keys.map((key) => [key, content(key)]))

describe('a run that is killed and resumed', () => {
  it('has the same result as an uninterrupted run, wherever and however often it is killed', async () => {
    const names = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), { maxLength: 40 })
    const kills = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 4 })
    let resumes = 0
    await fc.assert(
      fc.asyncProperty(names, names, kills, fc.boolean(), async (keys, others, moments, deletes) => {
        const plan: SyncPlan = { ...PLAN, ...(deletes ? { deletes: { atMost: { percent: 100 } } } : {}) }
        const there = { ...withContents(others, () => 'old'), ...withContents(keys.filter((_, i) => i % 3 === 0)) }
        const world = () => new VirtualWorld(bucketOf(withContents(keys)), bucketOf(there))
        const [whole, killed] = [world(), world()]
        const once = totalsOf(await inProcesses(whole, plan, []))
        const events = await inProcesses(killed, plan, moments)
        resumes += ofType(events, 'run-resumed').length
        expect(killed.stores.target.contents('media')).toEqual(whole.stores.target.contents('media'))
        const totals = totalsOf(events)
        expect(totals).toMatchObject({ listed: once.listed, bytesListed: once.bytesListed, failed: 0 })
        expect(totals.deletesPlanned).toBe(once.deletesPlanned)
        // Copies that were written without an event before the kill are found unchanged; nothing is copied twice.
        expect(totals.copied + totals.skipped).toBe(once.copied + once.skipped)
        const copies = ofType(events, 'object-copied').map(({ key }) => key)
        expect(copies).toHaveLength(new Set(copies).size)
      }),
      { numRuns: 300 },
    )
    expect(resumes).toBeGreaterThan(200)
  })

  it('does not list pages again that were listed and settled', async () => {
    const again = new VirtualWorld(bucketOf(withContents(numbered(400))), bucketOf({}))
    const journal = new MemoryJournal()
    again.journal = journal
    await again.settle(eventsOf(PLAN, again).pipe(take(320), toArray()))
    again.resumed = resumedFrom(journal)
    const { left } = again.resumed
    const before = again.stores.source.calls.get('listPage') ?? 0
    await again.settle(eventsOf(PLAN, again).pipe(toArray()))
    const pages = (again.stores.source.calls.get('listPage') ?? 0) - before
    const { listed } = totalsOf(journal.events.slice(0, 320))
    expect(listed).toBeGreaterThan(200)
    // Finding split points also needs requests.
    const probes = 40
    expect(pages).toBeLessThanOrEqual(Math.ceil((400 - listed) / 4) + (left.pairs[0]?.shards.length ?? 0) + probes)
    expect(totalsOf(journal.events)).toMatchObject({ listed: 400, copied: 400 })
  })

  it('does not copy again what was copied without an event', async () => {
    const world = new VirtualWorld(bucketOf({ a: 'a', b: 'b' }), bucketOf({}))
    // run-started and page-decided are journaled, then both objects are written.
    const journal = new MemoryJournal()
    world.journal = journal
    await world.settle(eventsOf(PLAN, world).pipe(take(2), toArray()))
    for (const key of ['a', 'b']) world.stores.target.seed('media', key, key)
    world.resumed = resumedFrom(journal)
    expect(world.resumed.left.pairs[0]?.unsettled).toEqual(['a', 'b'])
    await world.settle(eventsOf(PLAN, world).pipe(toArray()))
    expect(totalsOf(journal.events)).toMatchObject({ listed: 2, copied: 0, skipped: 2 })
    expect(world.stores.target.calls.get('put') ?? 0).toBe(0)
  })
})

describe('many objects that were in hand', () => {
  /** A run that was killed when it had decided about its only page, of which nothing was copied. */
  async function killed(keys: readonly string[]) {
    const source = new MemoryStore()
    for (const key of keys) source.seed('media', key, `content of ${key}`)
    const world = new VirtualWorld(source, bucketOf({}))
    const journal = new MemoryJournal()
    world.journal = journal
    await world.settle(eventsOf(PLAN, world).pipe(take(2), toArray()))
    world.resumed = resumedFrom(journal)
    expect(world.resumed.left.pairs[0]?.unsettled).toHaveLength(keys.length)
    for (const store of [world.stores.source, world.stores.target]) store.calls.clear()
    return { world, journal }
  }
  const heads = ({ stores }: VirtualWorld) => [stores.source.calls.get('head') ?? 0, stores.target.calls.get('head') ?? 0]

  it('are looked up in a listing: one HEAD, not one for each', async () => {
    const { world, journal } = await killed(numbered(200))
    await world.settle(eventsOf(PLAN, world).pipe(toArray()))
    expect(heads(world)).toEqual([1, 1])
    expect(totalsOf(journal.events)).toMatchObject({ listed: 200, copied: 200, failed: 0 })
  })

  it('are looked at with a HEAD where the target has the object, or the source no longer does', async () => {
    const { world, journal } = await killed(numbered(200))
    world.stores.target.seed('media', 'k0100', 'content of k0100')
    world.stores.target.seed('media', 'k0101', 'older')
    world.stores.source.remove('media', 'k0102')
    await world.settle(eventsOf(PLAN, world).pipe(toArray()))
    expect(heads(world)).toEqual([4, 3])
    expect(totalsOf(journal.events)).toMatchObject({ listed: 200, copied: 198, skipped: 1, failed: 1 })
    expect(world.stores.target.contents('media')?.['k0101']).toBe('content of k0101')
  })

  it('are looked at one by one where a listing fails', async () => {
    const { world, journal } = await killed(numbered(100))
    const gone: Failure = { kind: 'permanent', operation: 'ListObjectsV2', code: 'Odd', message: 'not from there' }
    world.stores.target.failing('listPage', () => gone)
    await world.settle(eventsOf(PLAN, world).pipe(toArray()))
    expect(heads(world)).toEqual([100, 100])
    expect(totalsOf(journal.events)).toMatchObject({ copied: 100, failed: 0 })
  })
})

describe('objects that failed', () => {
  it('are looked up in a listing where many did', async () => {
    const source = new MemoryStore()
    for (const key of numbered(200)) source.seed('media', key, key)
    let isDown = true
    source.failing('get', () => (isDown ? denied : undefined))
    const world = new VirtualWorld(source, bucketOf({}))
    const journal = new MemoryJournal()
    world.journal = journal
    await world.settle(eventsOf(PLAN, world).pipe(toArray()))
    expect(totalsOf(journal.events).failed).toBe(200)
    isDown = false
    world.resumed = resumedFrom(journal)
    await world.settle(eventsOf(PLAN, world).pipe(toArray()))
    expect([source.calls.get('head'), totalsOf(journal.events)]).toMatchObject([1, { listed: 200, copied: 200, failed: 0 }])
  })

  const denied: Failure = { kind: 'permanent', operation: 'GetObject', code: 'AccessDenied', status: 403, message: '' }

  it('are tried first on a resume, and no longer count as failed when they succeed', async () => {
    const source = bucketOf(withContents(numbered(40)))
    let isDenied = true
    source.failing('get', ({ key }) => (isDenied && (key ?? '') < 'k0005' ? denied : undefined))
    const world = new VirtualWorld(source, bucketOf({}))
    // Killed when the five have failed and others are not listed yet.
    const journal = new MemoryJournal()
    world.journal = journal
    await world.settle(eventsOf({ ...PLAN, workers: 1 }, world).pipe(take(12), toArray()))
    expect(totalsOf(journal.events).failed).toBe(5)
    isDenied = false
    world.resumed = resumedFrom(journal)
    const events = await world.settle(eventsOf(PLAN, world).pipe(toArray()))
    expect(events.map(({ type }) => type).slice(0, 2)).toEqual(['run-resumed', 'failures-retaken'])
    expect(totalsOf(journal.events)).toMatchObject({ listed: 40, copied: 40, failed: 0 })
    expect(stateOf(journal.events).failures).toEqual([])
  })

  it('are reported once more if they fail again', async () => {
    const source = bucketOf(withContents(numbered(10)))
    source.failing('get', ({ key }) => (key === 'k0003' ? denied : undefined))
    const world = new VirtualWorld(source, bucketOf({}))
    const first = await inProcesses(world, PLAN, [])
    expect(totalsOf(first)).toMatchObject({ copied: 9, failed: 1 })
    const journal = new MemoryJournal()
    journal.events.push(...first)
    world.journal = journal
    world.resumed = resumedFrom(journal)
    await world.settle(eventsOf(PLAN, world).pipe(toArray()))
    expect(totalsOf(journal.events)).toMatchObject({ listed: 10, copied: 9, failed: 1 })
    expect(resumedFrom(journal).left.pairs[0]?.failures).toEqual({ told: 2, gone: 1 })
    expect(stateOf(journal.events).failures.map(({ key }) => key)).toEqual(['k0003'])
  })
})

describe('deletes after a resume', () => {
  it('exclude objects that the source has now, and objects that were deleted already', async () => {
    const world = new VirtualWorld(bucketOf({ a: 'a' }), bucketOf({ a: 'a', b: 'b', c: 'c', d: 'd' }))
    const plan: SyncPlan = { ...PLAN, deletes: { atMost: { percent: 100 } } }
    const journal = new MemoryJournal()
    world.journal = journal
    world.candidates = memoryCandidates()
    const decided = 3
    await world.settle(eventsOf(plan, world).pipe(take(decided), toArray()))
    expect(totalsOf(journal.events).deletesPlanned).toBe(3)
    world.stores.source.seed('media', 'b', 'new at the source')
    world.stores.target.remove('media', 'c')
    world.resumed = resumedFrom(journal)
    await world.settle(eventsOf(plan, world).pipe(toArray()))
    expect(world.stores.target.deleted).toEqual(['d'])
    expect(world.stores.target.contents('media')).toEqual({ a: 'a', b: 'b' })
    expect(ofType(journal.events, 'delete-withdrawn').map(({ key }) => key)).toEqual(['b'])
  })
})

describe('a backup', () => {
  it('is not overwritten with the run’s own copy if the run is killed before it records the copy', async () => {
    const world = new VirtualWorld(bucketOf({ a: 'new' }), bucketOf({ a: 'the old one' }))
    const plan: SyncPlan = { ...PLAN, backupPrefix: 'old' }
    const journal = new MemoryJournal()
    world.journal = journal
    world.candidates = memoryCandidates()
    await world.settle(eventsOf(plan, world).pipe(toArray()))
    const heads = world.stores.target.calls.get('head') ?? 0
    journal.events.splice(journal.events.findIndex(({ type }) => type === 'object-copied'))
    world.stores.source.seed('media', 'a', 'newer still')
    world.resumed = resumedFrom(journal)
    await world.settle(eventsOf(plan, world).pipe(toArray()))
    expect(world.stores.target.calls.get('head')).toBeGreaterThan(heads)
    expect(objectsIn(world.stores.target)).toEqual({ a: 'newer still', 'old/a': 'the old one' })
  })
})

it('a shard that was decided completely does not remain, and does not share its start with the next one', () => {
  const [shard, first, other] = [{ pair: pair('media') }, { pair: pair('media'), upTo: 'm' }, { pair: pair('media'), after: 'm' }]
  const now = { at: 0 }
  const fold = new RemainingWork()
  fold.take({
    at: 0,
    type: 'run-started',
    schema: 1,
    run: 'r',
    source: 'a:',
    target: 'b:',
    pairs: [shard.pair],
    dryRun: false,
    workers: 1,
  })
  fold.take({ ...now, type: 'shard-split', shard: first, other })
  const page = { listed: { objects: 1, bytes: 1 }, skipped: {}, toCopy: { objects: 1, bytes: 1 }, keys: ['m'] }
  fold.take({ ...now, type: 'page-decided', shard: first, upTo: 'm', ...page })
  expect(fold.left.pairs[0]?.shards).toEqual([{ pair: pair('media'), after: 'm' }])
  fold.take({ ...now, type: 'run-resumed', workers: 1 })
  fold.take({ ...now, type: 'shard-listed', shard: other })
  expect(fold.left.pairs[0]).toMatchObject({ shards: [], unsettled: ['m'] })
})

describe('a multipart upload', () => {
  const MiB = 2 ** 20
  const plan: SyncPlan = { ...PLAN, partThreshold: 5 * MiB, partSize: 5 * MiB, workers: 1, maxMemory: 16 * MiB }
  const large = Buffer.alloc(23 * MiB, 'large')

  async function interrupted(parts: number) {
    const world = new VirtualWorld(bucketOf({}), bucketOf({}))
    world.stores.source.seed('media', 'large', large)
    const journal = new MemoryJournal()
    world.journal = journal
    const interrupts = new Subject<'SIGINT'>()
    world.interrupts = interrupts
    world.stores.target.failing('uploadPart', (_request, count) => {
      if (count > parts) interrupts.next('SIGINT')
      return undefined
    })
    await world.settle(eventsOf(plan, world).pipe(toArray()))
    await Promise.all(world.goingOn)
    world.interrupts = NEVER
    return { world, journal }
  }

  it('remains when the run is interrupted, and is continued: existing parts are not sent again', async () => {
    const { world, journal } = await interrupted(4)
    const { target } = world.stores
    expect(target.uploads.size).toBe(1)
    const kept = [...target.uploads.values()][0]?.parts.size ?? 0
    expect(kept).toBeGreaterThan(0)
    const before = target.calls.get('uploadPart') ?? 0
    world.resumed = resumedFrom(journal)
    await world.settle(eventsOf(plan, world).pipe(toArray()))
    expect((target.calls.get('uploadPart') ?? 0) - before).toBe(5 - kept)
    expect(target.object('media', 'large')?.bytes.equals(large)).toBe(true)
    expect(target.uploads.size).toBe(0)
    expect(resumedFrom(journal).left.uploads).toEqual([])
  })

  it('is aborted if its object has changed since', async () => {
    const { world, journal } = await interrupted(4)
    const changed = Buffer.alloc(23 * MiB, 'other')
    world.stores.source.seed('media', 'large', changed)
    world.resumed = resumedFrom(journal)
    await world.settle(eventsOf(plan, world).pipe(toArray()))
    expect(world.stores.target.object('media', 'large')?.bytes.equals(changed)).toBe(true)
    expect(world.stores.target.uploads.size).toBe(0)
  })

  it('is started again if the target no longer has it', async () => {
    const { world, journal } = await interrupted(4)
    world.stores.target.uploads.clear()
    world.resumed = resumedFrom(journal)
    await world.settle(eventsOf(plan, world).pipe(toArray()))
    expect(world.stores.target.object('media', 'large')?.bytes.equals(large)).toBe(true)
  })

  it('is aborted if there is no journal', async () => {
    const world = new VirtualWorld(bucketOf({}), bucketOf({}))
    world.stores.source.seed('media', 'large', large)
    const interrupts = new Subject<'SIGINT'>()
    world.interrupts = interrupts
    world.stores.target.failing('uploadPart', (_request, count) => {
      if (count > 2) interrupts.next('SIGINT')
      return undefined
    })
    await world.settle(eventsOf(plan, world).pipe(toArray()))
    await Promise.all(world.goingOn)
    expect(world.stores.target.uploads.size).toBe(0)
  })
})

it('a source without order is listed again from the start; copied objects are not copied again', async () => {
  const backwards = (a: string, b: string): number => (a < b ? 1 : -1)
  const world = new VirtualWorld(bucketOf(withContents(numbered(30)), { order: backwards }), bucketOf({}))
  const events = await inProcesses(world, PLAN, [12, 15])
  expect(ofType(events, 'shard-restarted').length).toBeGreaterThan(0)
  expect(world.stores.target.contents('media')).toEqual(withContents(numbered(30)))
  expect(totalsOf(events)).toMatchObject({ listed: 30, failed: 0 })
  const copies = ofType(events, 'object-copied').map(({ key }) => key)
  expect(copies).toHaveLength(new Set(copies).size)
})

it('several pairs: finished pairs are skipped', async () => {
  const world = new VirtualWorld(bucketOf({ a: 'a' }).seed('other', 'b', 'b'), bucketOf({}))
  const plan: SyncPlan = { ...PLAN, pairs: [pair('media'), pair('other')] }
  const first = await inProcesses(world, plan, [])
  const journal = new MemoryJournal()
  journal.events.push(...first)
  world.journal = journal
  world.resumed = resumedFrom(journal)
  const before = world.stores.source.calls.get('listPage')
  const events = await world.settle(eventsOf(plan, world).pipe(toArray()))
  expect(events.map(({ type }) => type)).toEqual(['run-resumed', 'run-finished'])
  expect(world.stores.source.calls.get('listPage')).toBe(before)
})

it('a journal that cannot be written ends the run, and the run reports it', async () => {
  const world = new VirtualWorld(bucketOf(withContents(numbered(50))), bucketOf({}))
  const full: Failure = { kind: 'fatal', operation: 'Journal', code: 'ENOSPC', message: 'no space left on device' }
  const journal = new MemoryJournal()
  let room = 10
  world.journal = {
    isLong: false,
    append: (event) => {
      if (room-- === 0) throw new StoreError(full)
      journal.append(event)
    },
    beginSegment: () => undefined,
  }
  const events = await world.settle(eventsOf(PLAN, world).pipe(toArray()))
  expect(events.slice(-2)).toMatchObject([{ type: 'run-stopped', cause: 'fatal', failure: full }, { type: 'run-finished' }])
  expect(journal.events).toHaveLength(10)
  expect(ofType(events, 'object-copied').length).toBeLessThan(15)
})
