import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { takeWhile, toArray } from 'rxjs'
import type { SyncEvent } from '../../../src/pipeline/events/events.js'
import { evolve, initialState, overall } from '../../../src/pipeline/state/run-state.js'
import { summarize } from '../../../src/pipeline/state/summary.js'
import { settled } from '../../../src/pipeline/state/totals.js'
import { BlockingKeys } from '../../../src/pipeline/transfer/blocking-keys.js'
import { failureOf, MemoryStore, type MemoryStoreOptions } from '../../support/memory-store.js'
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

const DELETES = { deletes: { atMost: { percent: 100 } } }
const summary = (events: readonly SyncEvent[]) => summarize(events.reduce(evolve, initialState), 0)

/** A target like a file system: nothing can be below an existing key, as a directory has no bytes. The content of each key is the key. */
function world(source: readonly string[], target: readonly string[], options: MemoryStoreOptions = {}): VirtualWorld {
  const made = new VirtualWorld(new MemoryStore(options), new MemoryStore())
  for (const [store, keys] of [
    [made.stores.source, source],
    [made.stores.target, target],
  ] as const) {
    store.seed('media', 'seed', '')
    store.remove('media', 'seed')
    for (const key of keys) store.seed('media', key, key)
  }
  made.stores.target.failing('put', ({ key = '' }) => {
    const isTaken = Object.keys(objectsIn(made.stores.target)).some(
      (one) => one.startsWith(`${key}/`) || key.startsWith(`${one}/`),
    )
    return isTaken ? failureOf('permanent', 'FileAndDirectory', 'PutObject') : undefined
  })
  return made
}

const left = ({ stores }: VirtualWorld): string[] => Object.keys(objectsIn(stores.target)).sort()

describe('an extra that blocks a copy', () => {
  it.each([
    ['files of a directory that is to be a file', ['item', 'z'], ['item/x', 'item/y/z', 'z'], []],
    ['a file that is to be a directory', ['item/x/y', 'z'], ['item', 'z'], []],
    ['a file on the way to it', ['a/b/c/d', 'a/b/z'], ['a/b/c', 'a/b/z'], []],
    ['with other extras', ['item', 'z'], ['item/x', 'other', 'z'], ['other']],
  ])('is deleted first, then the object is copied: %s', async (_what, source, target, others) => {
    const on = world(source, target)
    const events = await on.run(DELETES)
    expect(left(on)).toEqual(source)
    expect(ofType(events, 'object-failed')).toEqual([])
    expect(summary(events)).toMatchObject({ status: 'completed', exitCode: 0 })
    const order = events.map((event) => ('key' in event ? `${event.type} ${event.key}` : event.type))
    const copied = order.indexOf(`object-copied ${source[0]}`)
    expect(order.slice(0, copied)).toContain('pair-completed')
    for (const key of target.filter((one) => !source.includes(one) && !others.includes(one)))
      expect(order.slice(0, copied)).toContain(`object-deleted ${key}`)
    for (const key of others) expect(order.slice(copied)).toContain(`object-deleted ${key}`)
    const named = order.filter((event) => event.includes(' '))
    expect(named).toHaveLength(new Set(named).size)
    // The next run has nothing to do, and a dry run of the first would have reported the same.
    expect(summary(await on.run(DELETES))).toMatchObject({ totals: { copied: 0, deleted: 0, failed: 0 } })
    const { copied: many, deletesPlanned } = summary(events).totals
    expect(summary(await world(source, target).run({ ...DELETES, dryRun: true })).totals).toMatchObject({
      copied: many,
      deletesPlanned,
    })
  })

  it('is backed up before it is deleted', async () => {
    const on = world(['item', 'z'], ['item/x', 'z'])
    expect(summary(await on.run({ ...DELETES, backupPrefix: 'old' }))).toMatchObject({ exitCode: 0 })
    expect(left(on)).toEqual(['item', 'old/item/x', 'z'])
  })

  it.each([
    ['without --delete', {}, 1, undefined],
    ['more would go than is allowed', { deletes: { atMost: { percent: 10 } } }, 4, 'too-many'],
    [
      'what is in the way is filtered out',
      { ...DELETES, selection: { globs: [{ include: false, glob: 'item/*' }] } },
      1,
      undefined,
    ],
  ])('remains, and the object is reported as failed: %s', async (_when, plan, exitCode, cause) => {
    const on = world(['item', 'z'], ['item/x', 'z'])
    const events = await on.run(plan)
    expect(left(on)).toEqual(['item/x', 'z'])
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'item', failure: { code: 'FileAndDirectory' } }])
    expect(summary(events)).toMatchObject({ exitCode, totals: { failed: 1, deleted: 0 } })
    expect(summary(events).withheld?.cause).toBe(cause)
  })

  it('remains if another copy failed; with --ignore-errors it is deleted', async () => {
    for (const [ignored, expected] of [
      [{}, ['item/x', 'z']],
      [{ ignoreErrors: true } as const, ['item', 'z']],
    ] as const) {
      const on = world(['item', 'refused', 'z'], ['item/x', 'z'])
      on.stores.target.failing('put', ({ key }) =>
        key === 'refused' ? failureOf('permanent', 'AccessDenied', 'PutObject') : undefined,
      )
      const events = await on.run({ deletes: { ...DELETES.deletes, ...ignored } })
      expect(left(on)).toEqual(expected)
      expect(summary(events).exitCode).toBe(1)
    }
  })

  it('that can’t be deleted: the object is reported as failed, and nothing else is deleted', async () => {
    const on = world(['item', 'z'], ['item/x', 'other', 'z'])
    on.stores.target.failing('deleteObjects', ({ key }) =>
      key === 'item/x' ? failureOf('permanent', 'AccessDenied') : undefined,
    )
    const events = await on.run(DELETES)
    expect(left(on)).toEqual(['item/x', 'other', 'z'])
    expect(summary(events)).toMatchObject({ exitCode: 1, withheld: { cause: 'copies-failed' }, totals: { failed: 1 } })
  })

  it('of one pair does not affect another pair', async () => {
    const on = world(['item', 'z'], ['item/x', 'z'])
    on.stores.source.seed('other', 'z', 'z')
    on.stores.target.seed('other', 'z', 'z').seed('other', 'item/x', 'x')
    const events = await on.run({ ...DELETES, pairs: [pair('media'), pair('other')] })
    expect(summary(events)).toMatchObject({ exitCode: 0, totals: { deleted: 2, copied: 1 } })
  })

  it('after a listing without order nothing is deleted, and each object is settled once', async () => {
    const on = world(['item', 'b', 'a', 'z'], ['item/x', 'z'], { order: (a, b) => b.localeCompare(a), pageSize: 1 })
    const events = await on.run(DELETES)
    const totals = overall(events.reduce(evolve, initialState))
    expect(settled(totals)).toBe(totals.listed)
    expect(summary(events)).toMatchObject({ exitCode: 4, withheld: { cause: 'unordered' }, totals: { failed: 1, deleted: 0 } })
  })
})

describe('a run that is killed with blocked objects', () => {
  it('has the same result, wherever it is killed', async () => {
    const moments = ['page-decided', 'pair-completed', 'object-deleted'] as const
    for (const moment of moments) {
      const on = world(['a', 'item', 'x/y', 'z'], ['item/1', 'item/2', 'other', 'x', 'z'])
      const journal = new MemoryJournal()
      const candidates = memoryCandidates()
      Object.assign(on, { journal, candidates })
      await on.settle(
        eventsOf({ ...PLAN, ...DELETES }, on).pipe(
          takeWhile(({ type }) => type !== moment, true),
          toArray(),
        ),
      )
      on.resumed = resumedFrom(journal)
      await on.settle(eventsOf({ ...PLAN, ...DELETES }, on).pipe(toArray()))
      expect(left(on)).toEqual(['a', 'item', 'x/y', 'z'])
      expect(summary(journal.events)).toMatchObject({ exitCode: 0, totals: { listed: 4, copied: 3, skipped: 1, failed: 0 } })
    }
  })
})

describe('keys that block others', () => {
  it.each([
    ['a/b', 'a', true],
    ['a/b', 'a/b/c', true],
    ['a/b', 'a/b/c/d', true],
    ['a/b', 'a/c', false],
    ['a/b', 'a/bb', false],
    ['a/b', 'ab', false],
    ['a', 'a/b/c', true],
    ['A.txt', 'a.txt', true],
    ['dir/y', 'Dir/x', true],
    ['dir/y', 'dir/x', false],
    ['e\u0301', 'é', true],
    ['b', 'a', false],
  ])('of "%s": "%s"', (blocked, key, expected) => {
    expect(new BlockingKeys([blocked]).needs(key)).toBe(expected)
  })

  it('are none if nothing is blocked', () => {
    fc.assert(fc.property(fc.string(), (key) => !new BlockingKeys([]).needs(key)))
  })
})
