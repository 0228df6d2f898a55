import { describe, expect, it } from '@jest/globals'
import { of } from 'rxjs'
import { reasonToWithhold } from '../../../src/pipeline/delete/delete-guards.js'
import type { SyncEvent } from '../../../src/pipeline/events/events.js'
import type { Deletes, MaxDelete } from '../../../src/pipeline/plan/sync-plan.js'
import { evolve, initialState, overall, type PairState, type RunState } from '../../../src/pipeline/state/run-state.js'
import { NO_TOTALS } from '../../../src/pipeline/state/totals.js'
import { summarize } from '../../../src/pipeline/state/summary.js'
import { failureOf, MemoryStore } from '../../support/memory-store.js'
import { objectsIn, ofType, pair, place, VirtualWorld } from '../harness.js'

const ALL: MaxDelete = { percent: 100 }
const DELETES = { deletes: { atMost: ALL } }
const denied = failureOf('permanent', 'AccessDenied', 'PutObject', 403)
const slow = failureOf('transient', 'InternalError', 'DeleteObjects', 500)

const summary = (events: readonly SyncEvent[]) => summarize(events.reduce(evolve, initialState), 0)
const totals = (events: readonly SyncEvent[]) => overall(events.reduce(evolve, initialState))
const keysOf = (events: readonly { readonly key: string }[]): string[] => events.map(({ key }) => key).sort()

/** A source and a target with the given keys. */
function world(
  source: readonly string[],
  target: readonly string[],
  store: { source?: MemoryStore; target?: MemoryStore } = {},
): VirtualWorld {
  const made = new VirtualWorld(store.source, store.target)
  made.stores.source.seed('media', 'seed', '')
  made.stores.source.remove('media', 'seed')
  for (const key of target) made.stores.target.seed('media', key, key)
  for (const key of source) made.stores.source.seed('media', key, key)
  return made
}

const left = ({ stores }: VirtualWorld): string[] => Object.keys(objectsIn(stores.target)).sort()

describe('with --delete', () => {
  it('objects that exist only at the target are deleted after all copies; others remain', async () => {
    const on = world(['a', 'c', 'new'], ['a', 'b', 'c', 'x', 'y'])
    const events = await on.run(DELETES)
    expect(left(on)).toEqual(['a', 'c', 'new'])
    expect(keysOf(ofType(events, 'object-deleted'))).toEqual(['b', 'x', 'y'])
    const order = events.map(({ type }) => type)
    expect(order.indexOf('object-deleted')).toBeGreaterThan(order.lastIndexOf('object-copied'))
    expect(order.indexOf('object-deleted')).toBeGreaterThan(order.lastIndexOf('pair-completed'))
    expect(totals(events)).toMatchObject({ listed: 3, deleted: 3, deletesPlanned: 3 })
    expect(summary(events)).toMatchObject({ status: 'completed', exitCode: 0 })
  })

  it('a second run deletes nothing', async () => {
    const on = world(['a'], ['a', 'b'])
    await on.run(DELETES)
    on.stores.target.calls.clear()
    expect(totals(await on.run(DELETES))).toMatchObject({ deleted: 0, deletesPlanned: 0 })
    expect(on.stores.target.calls.get('deleteObjects')).toBeUndefined()
  })

  it('without it nothing is deleted, and the target is listed only up to the source’s last key', async () => {
    const on = world(['a'], ['a', 'b', 'c'])
    expect(totals(await on.run())).toMatchObject({ deleted: 0, deletesPlanned: 0 })
    expect(left(on)).toEqual(['a', 'b', 'c'])
  })

  it('extras found before a pair was listed again, sorted, remain, whatever is deleted at another pair', async () => {
    const places = ['a', 'c', 'b', 'd']
    const source = new MemoryStore({ pageSize: 2, order: (a, b) => places.indexOf(a) - places.indexOf(b) })
    const on = world(places, places, { source })
    on.stores.source.seed('other', 'a', 'a')
    on.stores.target.seed('other', 'a', 'a').seed('other', 'extra', '')
    const events = await on.run({ ...DELETES, pairs: [pair('media'), pair('other')] })
    expect(ofType(events, 'shard-restarted')).toHaveLength(1)
    expect(ofType(events, 'page-decided').flatMap(({ extra }) => extra?.objects ?? 0)).toContain(1)
    expect(on.stores.target.deleted).toEqual(['extra'])
    expect(summary(events)).toMatchObject({ exitCode: 0, totals: { deleted: 1, deletesPlanned: 1 } })
  })

  it('deletes in batches of a thousand', async () => {
    const many = Array.from({ length: 2_500 }, (_, i) => `k${String(i).padStart(4, '0')}`)
    const on = world(['k0000', 'zz'], [...many, 'zz'])
    expect(totals(await on.run(DELETES))).toMatchObject({ deleted: 2_499 })
    expect(left(on)).toEqual(['k0000', 'zz'])
    expect(on.stores.target.calls.get('deleteObjects')).toBe(3)
  })

  it('a dry run lists what would be deleted, and deletes nothing', async () => {
    const on = world(['a'], ['a', 'b', 'c'])
    const events = await on.run({ ...DELETES, dryRun: true })
    expect(keysOf(ofType(events, 'delete-planned'))).toEqual(['b', 'c'])
    expect(left(on)).toEqual(['a', 'b', 'c'])
    expect(summary(events)).toMatchObject({ status: 'dry-run', exitCode: 0, totals: { deletesPlanned: 2, deleted: 0 } })
  })

  it('with prefixes, only objects below the target’s are deleted; never the object named by the prefix itself', async () => {
    const on = new VirtualWorld()
    on.stores.source.seed('a', 'x/one', '1')
    for (const key of ['y', 'y/one', 'y/two', 'yy', 'z']) on.stores.target.seed('b', key, key)
    await on.run({ ...DELETES, pairs: [{ source: place('a', 'x', true), target: place('b', 'y', true) }] })
    expect(Object.keys(on.stores.target.contents('b') ?? {}).sort()).toEqual(['y', 'y/one', 'yy', 'z'])
  })

  it('filtered objects remain, whether the source has them or not', async () => {
    const on = world(['keep.jpg', 'both.txt'], ['both.txt', 'only.txt', 'only.jpg', 'keep.jpg'])
    const globs = [{ include: true, glob: '*.jpg' }]
    const events = await on.run({ ...DELETES, selection: { globs } })
    expect(left(on)).toEqual(['both.txt', 'keep.jpg', 'only.txt'])
    expect(totals(events)).toMatchObject({ deleted: 1, filtered: 1 })
  })

  it('also with --compare always, which then lists the target', async () => {
    const on = world(['a'], ['a', 'b'])
    expect(totals(await on.run({ ...DELETES, compare: 'always' }))).toMatchObject({ copied: 1, deleted: 1 })
  })

  it('deletes nothing in a target bucket that was just created', async () => {
    const on = new VirtualWorld(new MemoryStore().seed('media', 'a', 'a'))
    expect(totals(await on.run(DELETES))).toMatchObject({ copied: 1, deleted: 0 })
  })
})

describe('nothing is deleted', () => {
  it('when a listing failed: exit 3', async () => {
    const source = new MemoryStore({ pageSize: 1 })
    const on = world(['a', 'b', 'c'], ['a', 'x'], { source })
    source.failing('listPage', (_call, count) => (count >= 3 ? denied : undefined))
    const events = await on.run(DELETES)
    expect(left(on)).toEqual(expect.arrayContaining(['a', 'x']))
    expect(summary(events)).toMatchObject({ exitCode: 3 })
    expect(on.stores.target.deleted).toEqual([])
  })

  it('in the other pairs either, if one of several failed', async () => {
    const on = world(['a'], ['a', 'x'])
    const events = await on.run({ ...DELETES, pairs: [pair('media'), pair('missing')] })
    expect(ofType(events, 'deletes-withheld')).toMatchObject([{ cause: 'listing-failed', objects: 1 }])
    expect(on.stores.target.deleted).toEqual([])
    expect(summary(events).exitCode).toBe(3)
  })

  it('when an object could not be copied: exit 1', async () => {
    const on = world(['a', 'new'], ['a', 'x', 'y'])
    on.stores.target.failing('put', () => denied)
    const events = await on.run(DELETES)
    expect(ofType(events, 'deletes-withheld')).toMatchObject([{ cause: 'copies-failed', objects: 2 }])
    expect(on.stores.target.deleted).toEqual([])
    expect(summary(events)).toMatchObject({ status: 'partial', exitCode: 1 })
  })

  it('when a side does not list in order: exit 4', async () => {
    const target = new MemoryStore({ order: (a, b) => b.localeCompare(a), pageSize: 2 })
    const on = world(['a', 'b', 'c'], ['a', 'b', 'c', 'x'], { target })
    const events = await on.run(DELETES)
    expect(ofType(events, 'deletes-withheld')).toMatchObject([{ cause: 'unordered' }])
    expect(target.deleted).toEqual([])
    expect(summary(events)).toMatchObject({ status: 'refused', exitCode: 4 })
  })

  it('when the source is empty: exit 4', async () => {
    const on = world([], ['a', 'b'])
    const events = await on.run(DELETES)
    expect(ofType(events, 'deletes-withheld')).toMatchObject([{ cause: 'source-empty', objects: 2 }])
    expect(on.stores.target.deleted).toEqual([])
    expect(summary(events)).toMatchObject({ status: 'refused', exitCode: 4 })
  })

  it('when more than 25 % would be deleted, unless that is allowed; copied objects remain', async () => {
    const quarter = { deletes: { atMost: { percent: 25 } } }
    const on = world(['a', 'b', 'c', 'new'], ['a', 'b', 'c', 'x', 'y'])
    const events = await on.run(quarter)
    expect(ofType(events, 'deletes-withheld')).toMatchObject([{ cause: 'too-many', objects: 2 }])
    expect(left(on)).toEqual(['a', 'b', 'c', 'new', 'x', 'y'])
    expect(summary(events).exitCode).toBe(4)
    on.stores.target.remove('media', 'y')
    on.stores.target.remove('media', 'new')
    expect(totals(await on.run(quarter))).toMatchObject({ deleted: 1 })
  })

  it('and a dry run reports that as well: exit 4', async () => {
    const events = await world([], ['a']).run({ ...DELETES, dryRun: true })
    expect(summary(events)).toMatchObject({ status: 'dry-run', exitCode: 4, withheld: { cause: 'source-empty' } })
  })

  it('after an interruption', async () => {
    const on = world(['a', 'new'], ['a', 'x'])
    on.interrupts = of('SIGINT')
    expect(summary(await on.run(DELETES)).exitCode).toBe(130)
    expect(on.stores.target.deleted).toEqual([])
  })
})

describe('why deletes are withheld', () => {
  const about = (
    changes: Partial<Omit<PairState, 'totals'>> & { readonly totals?: Partial<PairState['totals']> },
  ): PairState => ({
    ...{
      pair: pair('media'),
      created: false,
      status: 'completed',
      unordered: false,
      toMeetAgain: { objects: 0, bytes: 0 },
      there: 100,
      deletesFailed: 0,
    },
    ...changes,
    totals: { ...NO_TOTALS, listed: 90, deletesPlanned: 10, ...changes.totals },
  })
  const state = (...pairs: PairState[]): RunState => ({ ...initialState, pairs })
  const harmless = about({ totals: { deletesPlanned: 0 } })

  it.each<[string, RunState, MaxDelete, string | undefined, Omit<Deletes, 'atMost'>?]>([
    ['all went well', state(about({})), ALL, undefined],
    ['a pair did not come to its end', state(harmless, about({ status: 'failed' })), ALL, 'listing-failed'],
    ['a pair was not started', state(about({}), about({ status: 'waiting' })), ALL, 'listing-failed'],
    ['a copy failed elsewhere', state(about({}), about({ totals: { deletesPlanned: 0, failed: 1 } })), ALL, 'copies-failed'],
    ['both: what comes first', state(about({ status: 'failed', totals: { failed: 1 } })), ALL, 'listing-failed'],
    ['unordered', state(about({ unordered: true })), ALL, 'unordered'],
    [
      'unordered, but nothing would go there',
      state(about({}), about({ unordered: true, totals: { deletesPlanned: 0 } })),
      ALL,
      undefined,
    ],
    ['an empty source', state(about({ totals: { listed: 0 } })), ALL, 'source-empty'],
    [
      'an empty source, but nothing would go there',
      state(about({}), about({ totals: { listed: 0, deletesPlanned: 0 } })),
      ALL,
      undefined,
    ],
    ['as much as the share allows', state(about({})), { percent: 10 }, undefined],
    ['more than the share', state(about({ there: 99 })), { percent: 10 }, 'too-many'],
    [
      'more than the share of one pair among large ones',
      state(about({ there: 100_000 }), about({ there: 20 })),
      { percent: 25 },
      'too-many',
    ],
    ['as many as the number allows, over all pairs', state(about({}), about({})), { objects: 20 }, undefined],
    ['more than the number, over all pairs', state(about({}), about({})), { objects: 19 }, 'too-many'],
    ['none allowed', state(about({})), { objects: 0 }, 'too-many'],
    ['a copy failed, --ignore-errors', state(about({ totals: { failed: 1 } })), ALL, undefined, { ignoreErrors: true }],
    [
      'another listing failed, --ignore-errors',
      state(about({ status: 'failed' }), about({})),
      ALL,
      undefined,
      { ignoreErrors: true },
    ],
    [
      'the only listing failed, --ignore-errors',
      state(about({ status: 'failed' })),
      ALL,
      'listing-failed',
      { ignoreErrors: true },
    ],
    [
      'what goes nowhere is not too much',
      state(about({ status: 'failed' }), about({})),
      { objects: 10 },
      undefined,
      { ignoreErrors: true },
    ],
    ['unordered, --ignore-errors', state(about({ unordered: true })), ALL, 'unordered', { ignoreErrors: true }],
    ['too much, --ignore-errors', state(about({ totals: { failed: 1 } })), { objects: 9 }, 'too-many', { ignoreErrors: true }],
    ['an empty source, --ignore-errors', state(about({ totals: { listed: 0 } })), ALL, 'source-empty', { ignoreErrors: true }],
    ['an empty source that is allowed', state(about({ totals: { listed: 0 } })), ALL, undefined, { allowEmptySource: true }],
    [
      'an empty source that is allowed, and more than the share',
      state(about({ totals: { listed: 0 }, there: 10 })),
      { percent: 25 },
      'too-many',
      { allowEmptySource: true },
    ],
    [
      'a copy failed, an empty source is allowed',
      state(about({ totals: { failed: 1 } })),
      ALL,
      'copies-failed',
      { allowEmptySource: true },
    ],
  ])('%s', (_when, given, atMost, cause, more = {}) => {
    expect(reasonToWithhold(given, { atMost, ...more })?.cause).toBe(cause)
  })
})

describe('with --ignore-errors', () => {
  const IGNORE = { deletes: { atMost: ALL, ignoreErrors: true } } as const

  it('extras are deleted although an object could not be copied, which still fails: exit 1', async () => {
    const on = world(['a', 'new', 'refused'], ['a', 'x'])
    on.stores.target.failing('put', ({ key }) => (key === 'refused' ? denied : undefined))
    const events = await on.run(IGNORE)
    expect(left(on)).toEqual(['a', 'new'])
    expect(summary(events)).toMatchObject({ status: 'partial', exitCode: 1, totals: { failed: 1, deleted: 1 } })
  })

  it('nothing is deleted in a pair whose listing failed, but in the others: exit 3', async () => {
    const source = new MemoryStore({ pageSize: 2 })
    const on = world(['a', 'b', 'c', 'd'], ['a', 'aa', 'x'], { source })
    source.seed('other', 'a', 'a')
    on.stores.target.seed('other', 'a', 'a').seed('other', 'extra', '')
    source.failing('listPage', ({ bucket }, count) => (bucket === 'media' && count > 2 ? denied : undefined))
    const events = await on.run({ ...IGNORE, pairs: [pair('media'), pair('other')] })
    expect(on.stores.target.deleted).toEqual(['extra'])
    expect(ofType(events, 'deletes-withheld')).toMatchObject([{ cause: 'listing-failed', pair: pair('media') }])
    expect(summary(events)).toMatchObject({ status: 'failed', exitCode: 3 })
  })
})

describe('with --allow-empty-source', () => {
  it('everything at the target is deleted if --max-delete allows that too', async () => {
    const on = world([], ['a', 'b'])
    expect(summary(await on.run({ deletes: { atMost: { percent: 25 }, allowEmptySource: true } }))).toMatchObject({
      ...{ exitCode: 4, withheld: { cause: 'too-many' } },
    })
    expect(left(on)).toEqual(['a', 'b'])
    expect(summary(await on.run({ deletes: { atMost: ALL, allowEmptySource: true } }))).toMatchObject({ exitCode: 0 })
    expect(left(on)).toEqual([])
  })
})

describe('when deleting fails', () => {
  it('for some objects: they are reported by name, the others are deleted, exit 1', async () => {
    const on = world(['a'], ['a', 'x', 'y'])
    on.stores.target.failing('deleteObjects', ({ key }) => (key === 'x' ? denied : undefined))
    const events = await on.run(DELETES)
    expect(left(on)).toEqual(['a', 'x'])
    expect(ofType(events, 'delete-failed')).toMatchObject([{ key: 'x', failure: { code: 'AccessDenied', side: 'target' } }])
    expect(summary(events)).toMatchObject({
      ...{ status: 'partial', exitCode: 1, deletesFailed: 1, totals: { deleted: 1, deletesPlanned: 2 } },
      failures: [{ key: 'x', side: 'target' }],
    })
  })

  it('temporarily: only the remaining objects are tried again, after the usual waits', async () => {
    const on = world(['a'], ['a', 'x', 'y'])
    on.stores.target.failing('deleteObjects', ({ key }, count) => (key === 'x' && count < 3 ? slow : undefined))
    const events = await on.run(DELETES)
    expect(left(on)).toEqual(['a'])
    expect(ofType(events, 'attempt-failed').map(({ waitMs }) => waitMs)).toEqual([2_000, 4_000])
    expect(keysOf(ofType(events, 'object-deleted'))).toEqual(['x', 'y'])
    expect(totals(events)).toMatchObject({ deleted: 2, retries: 2 })
  })

  it('permanently for the whole request: each object is reported', async () => {
    const on = world(['a'], ['a', 'x', 'y'])
    on.stores.target.failing('deleteObjects', ({ key }) => (key === undefined ? denied : undefined))
    expect(keysOf(ofType(await on.run(DELETES), 'delete-failed'))).toEqual(['x', 'y'])
  })
})

describe('with --backup-prefix', () => {
  const BACKUP = { backupPrefix: 'old' }

  it('overwritten and deleted objects are below it afterwards, unchanged', async () => {
    const on = world(['changed', 'same'], ['changed', 'same', 'gone'])
    on.stores.source.seed('media', 'changed', 'other now')
    await on.run({ ...DELETES, ...BACKUP })
    expect(objectsIn(on.stores.target)).toEqual({
      changed: 'other now',
      same: 'same',
      'old/changed': 'changed',
      'old/gone': 'gone',
    })
  })

  it('the next run ignores the backups', async () => {
    const on = world(['a'], ['a', 'old/b'])
    on.stores.source.seed('media', 'old/mine', 'is left alone')
    const events = await on.run({ ...DELETES, ...BACKUP })
    expect(left(on)).toEqual(['a', 'old/b'])
    expect(totals(events)).toMatchObject({ deletesPlanned: 0, filtered: 1 })
  })

  it('nothing is overwritten or deleted without its backup', async () => {
    const on = world(['changed', 'a'], ['a', 'changed', 'gone', 'went'])
    on.stores.source.seed('media', 'changed', 'other now')
    on.stores.target.failing('copy', ({ key }) => (key?.includes('changed') === true ? denied : undefined))
    on.stores.target.failing('put', ({ key }) => (key?.startsWith('old/') === true ? denied : undefined))
    const events = await on.run({ ...DELETES, ...BACKUP })
    expect(objectsIn(on.stores.target)).toEqual({ a: 'a', changed: 'changed', gone: 'gone', went: 'went' })
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'changed' }])
  })

  it('only objects with a backup are deleted', async () => {
    const on = world(['a'], ['a', 'gone', 'went'])
    on.stores.target.failing('copy', ({ key }) =>
      key === 'old/gone' ? failureOf('permanent', 'InvalidRequest', 'CopyObject', 400) : undefined,
    )
    on.stores.target.failing('put', ({ key }) => (key === 'old/gone' ? denied : undefined))
    const events = await on.run({ ...DELETES, ...BACKUP })
    expect(left(on)).toEqual(['a', 'gone', 'old/went'])
    expect(ofType(events, 'delete-failed')).toMatchObject([{ key: 'gone' }])
    expect(summary(events)).toMatchObject({ deletesFailed: 1, totals: { deleted: 1 } })
  })

  it('works if the server refuses server-side copy', async () => {
    const on = world(['a'], ['a', 'gone'])
    on.stores.target.failing('copy', () => failureOf('permanent', 'NotImplemented', 'CopyObject', 501))
    await on.run({ ...DELETES, ...BACKUP })
    expect(objectsIn(on.stores.target)).toEqual({ a: 'a', 'old/gone': 'gone' })
  })

  it('a second attempt does not back up what the first one wrote', async () => {
    const on = world(['changed'], ['changed'])
    on.stores.source.seed('media', 'changed', 'other now')
    let lost = true
    on.stores.target.failing('put', ({ key }) => {
      if (!lost || key !== 'changed') return undefined
      lost = false
      // The object was written, but the answer was lost.
      on.stores.target.seed('media', 'changed', 'other now')
      return failureOf('transient', 'ConnectionReset', 'PutObject')
    })
    await on.run({ ...BACKUP })
    expect(objectsIn(on.stores.target)).toEqual({ changed: 'other now', 'old/changed': 'changed' })
  })

  it('a dry run creates no backups', async () => {
    const on = world(['a'], ['a', 'gone'])
    await on.run({ ...DELETES, ...BACKUP, dryRun: true })
    expect(left(on)).toEqual(['a', 'gone'])
  })
})
