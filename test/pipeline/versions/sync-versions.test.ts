import { describe, expect, it } from '@jest/globals'
import { take, toArray } from 'rxjs'
import { StoreError } from '../../../src/pipeline/ports/failure.js'
import type { SyncEvent } from '../../../src/pipeline/events/events.js'
import { Fold } from '../../../src/pipeline/state/snapshot.js'
import type { Resumed } from '../../../src/pipeline/run/run-context.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { evolve, initialState, overall } from '../../../src/pipeline/state/run-state.js'
import { summarize } from '../../../src/pipeline/state/summary.js'
import { failureOf, MemoryStore, type MemoryStoreOptions } from '../../support/memory-store.js'
import { eventsOf, MemoryJournal, ofType, pair, place, PLAN, VirtualWorld } from '../harness.js'

const ALL: SyncPlan = { ...PLAN, versions: true }

/** Histories in words by key, oldest first: contents, and `-` for a delete marker. */
type Words = Readonly<Record<string, string>>

function keeping(histories: Words, options: MemoryStoreOptions = {}): MemoryStore {
  const store = new MemoryStore({ pageSize: 3, ...options }).keeping('media')
  for (const [key, words] of Object.entries(histories)) extend(store, key, words)
  return store
}

function extend(store: MemoryStore, key: string, words: string): void {
  for (const word of words.split(' ')) {
    if (word === '-') store.mark('media', key)
    else store.seed('media', key, word, { attributes: { metadata: { was: word } } })
  }
}

const told = (store: MemoryStore, keys: readonly string[], bucket = 'media'): Words =>
  Object.fromEntries(keys.map((key) => [key, store.history(bucket, key).join(' ')]))
const totalsOf = (events: readonly SyncEvent[]) => overall(events.reduce(evolve, initialState))

/** The start of a resume, from a journal. */
function resumedFrom({ events }: MemoryJournal): Resumed {
  const fold = new Fold(undefined)
  for (const event of events) fold.take(event)
  const { state, left } = fold.snapshot
  return {
    state,
    left,
    async *failures() {
      await Promise.resolve()
      const failed = ofType(events, 'object-failed').slice(left.pairs[0]?.failures.gone ?? 0)
      if (failed.length > 0) yield failed.map(({ key, versions = 1 }) => ({ key, versions }))
    },
  }
}

/** A run in several processes, each killed after the given number of events; the last one finishes. */
async function inProcesses(world: VirtualWorld, kills: readonly number[]): Promise<MemoryJournal> {
  const journal = new MemoryJournal()
  world.journal = journal
  for (const events of [...kills, Infinity]) {
    if (journal.events.length > 0) world.resumed = resumedFrom(journal)
    await world.settle(eventsOf(ALL, world).pipe(take(events), toArray()))
  }
  return journal
}

const HISTORIES: Words = { a: 'a1 a2 - a3', b: 'b1', c: '-', 'd/e': 'e1 e1 e1 e2 -', f: 'f1 f2' }
const KEYS = Object.keys(HISTORIES)

it('ETags that look like MD5s but are not do not make versions new: source and target are checked once', async () => {
  const sealed = (digit: string) => ({ etag: digit.repeat(32), properties: { encryption: { algorithm: 'aws:kms' } } }) as const
  const [source, target] = [keeping({}), keeping({})]
  for (const key of ['a', 'b']) {
    source.seed('media', key, 'same', sealed('1')).seed('media', key, 'also', sealed('2'))
    target.seed('media', key, 'same', sealed('3')).seed('media', key, 'also', sealed('4'))
  }
  const world = new VirtualWorld(source, target)
  expect(totalsOf(await world.run(ALL))).toMatchObject({ listed: 4, copied: 0, skipped: 4, failed: 0 })
  expect([source.calls.get('head'), target.calls.get('head')]).toEqual([1, 1])
  expect(target.history('media', 'a')).toEqual(['same', 'also'])
})

describe('histories', () => {
  it('are copied in order, with markers, metadata and a map of ids; a second run copies nothing, a third only new versions', async () => {
    const world = new VirtualWorld(keeping(HISTORIES), keeping({}))
    const events = await world.run(ALL)
    expect(told(world.stores.target, KEYS)).toEqual(HISTORIES)
    expect(totalsOf(events)).toMatchObject({ listed: 13, copied: 13, skipped: 0, failed: 0, reasons: { new: 13 } })
    expect(world.stores.target.object('media', 'f')?.attributes.metadata).toEqual({ was: 'f2' })
    const copied = ofType(events, 'version-copied').filter(({ key }) => key === 'a')
    expect(copied.map(({ marker }) => marker)).toEqual([false, false, true, false])
    expect(new Set(copied.map(({ targetVersion }) => targetVersion)).size).toBe(4)
    expect(ofType(events, 'pair-completed')).toHaveLength(1)

    expect(totalsOf(await world.run(ALL))).toMatchObject({ listed: 13, copied: 0, skipped: 13, reasons: { unchanged: 13 } })
    extend(world.stores.source, 'a', '- a4')
    extend(world.stores.source, 'z', 'z1')
    expect(totalsOf(await world.run(ALL))).toMatchObject({ listed: 16, copied: 3, skipped: 13 })
    expect(told(world.stores.target, ['a', 'z'])).toEqual({ a: 'a1 a2 - a3 - a4', z: 'z1' })
  })

  it('are copied below another prefix, and those that only the target has remain', async () => {
    const world = new VirtualWorld(keeping({ x: 'self', 'x/k': 'k1 -', y: 'y1' }), keeping({ 'p/k': 'older', 'p/q': 'q1' }))
    const pairs = [{ source: place('media', 'x', true), target: place('media', 'p', true) }]
    await world.run({ ...ALL, pairs })
    const there = { p: 'self', 'p/k': 'older k1 -', 'p/q': 'q1', y: '' }
    expect(told(world.stores.target, Object.keys(there))).toEqual(there)
  })

  it('that no include matches are filtered', async () => {
    const world = new VirtualWorld(keeping(HISTORIES), keeping({}))
    const events = await world.run({ ...ALL, selection: { globs: [{ include: false, glob: 'd/**' }] } })
    expect(totalsOf(events)).toMatchObject({ listed: 13, copied: 8, filtered: 5 })
  })

  it('of a source that never kept versions have one version each', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'a1').seed('media', 'b', 'b1'), keeping({ a: 'a1' }))
    expect(totalsOf(await world.run(ALL))).toMatchObject({ listed: 2, copied: 1, skipped: 1 })
    expect(told(world.stores.target, ['a', 'b'])).toEqual({ a: 'a1', b: 'b1' })
  })

  it('of a source without version support have one version each, unless it reports that it keeps some', async () => {
    const [unknown, strange] = [undefined, 'kept' as const].map((versioning) => {
      const source = new MemoryStore(versioning && { versioning }).seed('media', 'a', 'a1')
      return source.failing('listVersions', () => failureOf('permanent', 'NotImplemented', 'ListObjectVersions'))
    })
    const world = new VirtualWorld(unknown, keeping({}))
    expect(totalsOf(await world.run(ALL))).toMatchObject({ listed: 1, copied: 1 })
    expect(told(world.stores.target, ['a'])).toEqual({ a: 'a1' })
    const refused = ofType(await new VirtualWorld(strange, keeping({})).run(ALL), 'shard-failed')
    expect(refused).toMatchObject([{ failure: { code: 'NotImplemented' } }])
  })

  it('stop before an archived version, which is skipped together with newer ones', async () => {
    const source = keeping({ a: 'a1' })
    source.seed('media', 'a', 'a2', { archived: true })
    extend(source, 'a', 'a3')
    const world = new VirtualWorld(source, keeping({}))
    expect(totalsOf(await world.run(ALL))).toMatchObject({ listed: 3, copied: 1, skipped: 2, reasons: { archived: 2 } })
    expect(told(world.stores.target, ['a'])).toEqual({ a: 'a1' })
    expect(totalsOf(await world.run(ALL))).toMatchObject({ copied: 0, reasons: { unchanged: 1, archived: 2 } })
  })

  it('are planned version by version in a dry run; nothing is written', async () => {
    const world = new VirtualWorld(keeping({ a: 'a1 - a2' }), new MemoryStore())
    const events = await world.run({ ...ALL, dryRun: true })
    expect(ofType(events, 'copy-planned').map(({ key, marker }) => [key, marker])).toEqual([
      ['a', undefined],
      ['a', true],
      ['a', undefined],
    ])
    const state = events.reduce(evolve, initialState)
    expect(summarize(state, 0)).toMatchObject({ status: 'dry-run', requests: { GetObject: 2, PutObject: 2, DeleteObject: 1 } })
    expect(world.stores.target.contents('media')).toBeUndefined()
  })

  it('that are not listed in order fail their pair', async () => {
    const world = new VirtualWorld(keeping(HISTORIES, { order: (a, b) => (a < b ? 1 : -1) }), keeping({}))
    const [failed] = ofType(await world.run(ALL), 'shard-failed')
    expect(failed?.failure).toMatchObject({ code: 'Unordered', side: 'source' })
  })
})

describe('a target', () => {
  it('that keeps no versions is refused; nothing is written', async () => {
    const world = new VirtualWorld(keeping(HISTORIES), new MemoryStore().seed('media', 'x', 'x'))
    const events = await world.run(ALL)
    const summary = summarize(events.reduce(evolve, initialState), 0)
    expect(summary).toMatchObject({ status: 'failed', exitCode: 3, failure: { code: 'NotVersioned', side: 'target' } })
    expect(world.stores.target.contents('media')).toEqual({ x: 'x' })
  })

  it('that cannot keep any is refused without another attempt', async () => {
    const target = new MemoryStore()
    target.failing('keepVersions', () => failureOf('transient', 'VersioningNotConfigured', 'PutBucketVersioning', 501))
    const events = await new VirtualWorld(keeping(HISTORIES), target).run(ALL)
    expect(ofType(events, 'shard-failed')).toMatchObject([{ failure: { code: 'NotVersioned' } }])
    expect(ofType(events, 'attempt-failed')).toEqual([])
  })

  it('that the run creates keeps versions, also if the run was killed before it enabled them', async () => {
    for (const kills of [[], [2]]) {
      const world = new VirtualWorld(keeping(HISTORIES), new MemoryStore())
      const { events } = await inProcesses(world, kills)
      expect(ofType(events, 'bucket-created')).toHaveLength(1)
      expect(told(world.stores.target, KEYS)).toEqual(HISTORIES)
    }
  })
})

describe('a version that fails', () => {
  const denied = failureOf('permanent', 'AccessDenied', 'GetObject', 403)

  it('prevents newer versions from being written; all count as failed, and a resume tries them again', async () => {
    const source = keeping({ a: 'a1 a2 a3 -', b: 'b1' })
    let isDenied = true
    let reads = 0
    source.failing('get', ({ key }) => (key === 'a' && ++reads === 2 && isDenied ? denied : undefined))
    const world = new VirtualWorld(source, keeping({}))
    const journal = await inProcesses(world, [])
    expect(told(world.stores.target, ['a', 'b'])).toEqual({ a: 'a1', b: 'b1' })
    expect(totalsOf(journal.events)).toMatchObject({ listed: 5, copied: 2, failed: 3 })
    expect(ofType(journal.events, 'object-failed')).toMatchObject([{ key: 'a', versions: 3, failure: denied }])
    const summary = summarize(journal.events.reduce(evolve, initialState), 0)
    expect(summary).toMatchObject({ exitCode: 1, failuresOmitted: 0 })

    isDenied = false
    world.resumed = resumedFrom(journal)
    extend(source, 'a', 'a4')
    await world.settle(eventsOf(ALL, world).pipe(toArray()))
    expect(told(world.stores.target, ['a'])).toEqual({ a: 'a1 a2 a3 - a4' })
    expect(totalsOf(journal.events)).toMatchObject({ listed: 6, copied: 6, skipped: 0, failed: 0 })
  })

  it('whose answer was lost is not written twice, nor is a marker', async () => {
    const target = new Forgetful({ pageSize: 3 }).keeping('media')
    const events = await new VirtualWorld(keeping({ a: 'a1 - a1' }), target).run(ALL)
    expect(told(target, ['a'])).toEqual({ a: 'a1 - a1' })
    expect(totalsOf(events)).toMatchObject({ copied: 3, failed: 0, retries: 3, recovered: 3 })
    expect(ofType(events, 'version-copied').map(({ targetVersion }) => targetVersion)).toHaveLength(3)
  })

  it('counts with the newer ones towards --max-errors', async () => {
    const source = keeping({ a: 'a1 a2 a3', b: 'b1', c: 'c1' })
    source.failing('get', ({ key }) => (key === 'a' ? denied : undefined))
    const events = await new VirtualWorld(source, keeping({})).run({ ...ALL, workers: 1, maxErrors: 2 })
    expect(ofType(events, 'run-stopped')).toMatchObject([{ cause: 'errors' }])
  })
})

function lost(): never {
  throw new StoreError(failureOf('transient', 'ConnectionReset'))
}

/** Executes each call, and loses the answer. */
class Forgetful extends MemoryStore {
  override put: MemoryStore['put'] = (request) => super.put(request).then(lost)
  override putMarker: MemoryStore['putMarker'] = (request) => super.putMarker(request).then(lost)
}

describe('a run that is killed and resumed', () => {
  it('has the same histories, wherever it is killed: nothing is lost or duplicated', async () => {
    const begin = () => new VirtualWorld(keeping(HISTORIES), keeping({ a: 'a1', f: 'older f1' }))
    const whole = (await inProcesses(begin(), [])).events.length
    const expected = { ...HISTORIES, f: 'older f1 f2' }
    for (let kill = 1; kill <= whole; kill++) {
      const world = begin()
      const { events } = await inProcesses(world, kill % 2 === 0 ? [kill] : [kill, 3])
      expect({ kill, ...told(world.stores.target, KEYS) }).toEqual({ kill, ...expected })
      const totals = totalsOf(events)
      expect({ kill, listed: totals.listed, settled: totals.copied + totals.skipped }).toEqual({ kill, listed: 13, settled: 13 })
      expect(ofType(events, 'pair-completed').length).toBeGreaterThan(0)
    }
    expect(whole).toBeGreaterThan(20)
  })
})

describe('without --versions', () => {
  it.each(['kept', 'suspended'] as const)(
    'a source whose versions are %s causes one warning about the lost history',
    async (versioning) => {
      const source = new MemoryStore({ versioning }).seed('media', 'a', 'a').seed('more', 'b', 'b')
      const events = await new VirtualWorld(source).run({ pairs: [pair('media'), pair('more')] })
      expect(ofType(events, 'notice-given').map(({ code }) => code)).toEqual(['HistoryLost'])
      expect(source.calls.get('versioning')).toBe(2)
    },
  )

  it('a source that does not answer is no failure, and with --versions there is no warning', async () => {
    const source = new MemoryStore({ versioning: 'kept' }).seed('media', 'a', 'a')
    source.failing('versioning', () => failureOf('transient', 'InternalError', 'GetBucketVersioning', 500))
    const events = await new VirtualWorld(source).run()
    expect(ofType(events, 'notice-given')).toEqual([])
    expect(totalsOf(events)).toMatchObject({ copied: 1, failed: 0 })
    const all = await new VirtualWorld(keeping({ a: 'a1 a2' }), keeping({})).run(ALL)
    expect(ofType(all, 'notice-given')).toEqual([])
  })
})
