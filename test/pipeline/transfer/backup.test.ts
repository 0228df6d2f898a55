import { describe, expect, it } from '@jest/globals'
import { takeWhile, toArray } from 'rxjs'
import type { SyncEvent } from '../../../src/pipeline/events/events.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { evolve, initialState } from '../../../src/pipeline/state/run-state.js'
import { summarize } from '../../../src/pipeline/state/summary.js'
import { failureOf, MemoryStore } from '../../support/memory-store.js'
import {
  eventsOf,
  memoryCandidates,
  MemoryJournal,
  objectsIn,
  ofType,
  place,
  PLAN,
  resumedFrom,
  VirtualWorld,
} from '../harness.js'

const DELETES = { deletes: { atMost: { percent: 100 } } }
const summary = (events: readonly SyncEvent[]) => summarize(events.reduce(evolve, initialState), 0)
const NOTE = '.s3-sync/backups/old/1/README.txt'

/** A target in which a run backed up what it overwrote and deleted: `a` and `gone`, below `old/1/`. Larger than a page. */
async function backedUp(pageSize = 2): Promise<VirtualWorld> {
  const source = new MemoryStore({ pageSize }).seed('media', 'a', 'second').seed('media', 'b', 'b')
  const target = new MemoryStore({ pageSize }).seed('media', 'a', 'first').seed('media', 'b', 'b').seed('media', 'gone', 'gone')
  const world = new VirtualWorld(source, target)
  await world.run({ ...DELETES, backupPrefix: 'old/1' })
  expect(objectsIn(target)).toEqual({ a: 'second', b: 'b', ...BACKUPS })
  return world
}
const BACKUPS = { 'old/1/a': 'first', 'old/1/gone': 'gone' }

describe('backups of an earlier run', () => {
  it.each<[string, Partial<SyncPlan>, object]>([
    ['with another prefix, the next day', { ...DELETES, backupPrefix: 'old/2' }, { 'old/2/a': 'second' }],
    ['with none', DELETES, {}],
    ['with one above', { ...DELETES, backupPrefix: 'old' }, { 'old/a': 'second' }],
    ['with one below', { ...DELETES, backupPrefix: 'old/1/x' }, { 'old/1/x/a': 'second' }],
    ['without deletes', {}, {}],
  ])('are not changed: %s', async (_what, plan, more) => {
    const world = await backedUp()
    world.stores.source.seed('media', 'a', 'the third')
    const events = await world.run(plan)
    expect(objectsIn(world.stores.target)).toEqual({ a: 'the third', b: 'b', ...BACKUPS, ...more })
    expect(summary(events)).toMatchObject({ exitCode: 0, totals: { deletesPlanned: 0 } })
  })

  it('are not overwritten by source objects with the same keys: these are skipped, with one notice', async () => {
    for (const plan of [DELETES, {}, { compare: 'always' } as const]) {
      const world = await backedUp()
      for (const key of Object.keys(BACKUPS)) world.stores.source.seed('media', key, 'of the source')
      const events = await world.run(plan)
      expect(objectsIn(world.stores.target)).toEqual({ a: 'second', b: 'b', ...BACKUPS })
      expect(ofType(events, 'notice-given')).toMatchObject([{ code: 'BackupsLeftAlone' }])
      expect(summary(events)).toMatchObject({ exitCode: 0, totals: { listed: 4, filtered: 2, failed: 0 } })
    }
  })

  it('are reported as failed if they are named', async () => {
    const world = await backedUp()
    world.stores.source.seed('media', 'old/1/a', 'of the source')
    world.named = (async function* () {
      yield await Promise.resolve(['old/1/a', 'b'])
    })()
    const events = await world.run()
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'old/1/a', failure: { code: 'TargetIsBackup' } }])
    expect(objectsIn(world.stores.target)).toMatchObject(BACKUPS)
  })

  it.each([1, 2, 1_000])('are not copied, nor are the notes about them (pages of %i)', async (pageSize) => {
    const world = await backedUp(pageSize)
    const next = new VirtualWorld(world.stores.target, new MemoryStore())
    const events = await next.run(DELETES)
    expect(next.stores.target.contents('media')).toEqual({ a: 'second', b: 'b' })
    expect(summary(events)).toMatchObject({ exitCode: 0, totals: { listed: 4, copied: 2, filtered: 2 } })
  })

  it('are copied if named as SOURCE: that is how they are restored', async () => {
    const world = await backedUp()
    const next = new VirtualWorld(world.stores.target, new MemoryStore())
    await next.run({ pairs: [{ source: place('media', 'old/1'), target: place('media') }] })
    expect(next.stores.target.contents('media')).toEqual({ a: 'first', gone: 'gone' })
  })

  it('are also known if only a prefix without the notes is listed', async () => {
    const source = new MemoryStore().seed('s', 'x/a', '2')
    const target = new MemoryStore().seed('t', 'y/a', '1')
    const world = new VirtualWorld(source, target)
    const pairs = [{ source: place('s', 'x'), target: place('t', 'y') }]
    await world.run({ pairs, ...DELETES, backupPrefix: 'y/old' })
    source.seed('s', 'x/a', '33')
    await world.run({ pairs, ...DELETES })
    expect(objectsIn(target, 't')).toEqual({ 'y/a': '33', 'y/old/y/a': '1' })
  })

  it('are no differences in a comparison', async () => {
    const world = await backedUp()
    const events = await world.run({ verifies: { deep: false }, verifiesOnly: true })
    expect(summary(events)).toMatchObject({ exitCode: 0, verified: { different: 0 } })
  })

  it('may be deleted once their note is deleted', async () => {
    const world = await backedUp()
    world.stores.target.remove('media', NOTE)
    await world.run(DELETES)
    expect(world.stores.target.contents('media')).toEqual({ a: 'second', b: 'b' })
  })
})

describe('the requests to find backups', () => {
  const many = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`k${i}`, String(i)]))

  it.each([
    ['nothing where a page shows all of a bucket', 1_000, { k0: 'other' }, {}],
    ['one listing of the source’s notes before something is copied', 3, {}, { source: 1 }],
    ['one of the target’s too before something is overwritten', 3, { k0: 'other' }, { source: 1, target: 1 }],
    ['nothing where nothing is to be done', 3, many, {}],
  ])('%s', async (_what, pageSize, there, expected) => {
    const asked: { source?: number; target?: number } = {}
    const world = new VirtualWorld(new MemoryStore({ pageSize }), new MemoryStore({ pageSize }))
    for (const [key, content] of Object.entries(many)) world.stores.source.seed('media', key, content)
    for (const [key, content] of Object.entries({ zz: '1', zzz: '2', zzzz: '3', zzzzz: '4', ...there }))
      world.stores.target.seed('media', key, content)
    for (const side of ['source', 'target'] as const)
      world.stores[side].failing('listPage', ({ prefix }) => {
        if (prefix !== '') asked[side] = (asked[side] ?? 0) + 1
        return undefined
      })
    await world.run()
    expect(asked).toEqual(expected)
  })

  it('an access key that may not list the notes still copies, with a notice', async () => {
    const world = await backedUp()
    world.stores.source.seed('media', 'a', 'the third')
    world.stores.target.failing('listPage', ({ prefix }) =>
      prefix?.startsWith('.s3-sync/') === true ? failureOf('permanent', 'AccessDenied', 'ListObjectsV2', 403) : undefined,
    )
    const events = await world.run()
    expect(ofType(events, 'notice-given')).toMatchObject([{ code: 'BackupsUnknown' }])
    expect(summary(events)).toMatchObject({ exitCode: 0, totals: { copied: 1 } })
  })

  it('notes that can’t be read for another reason fail the listing', async () => {
    const world = await backedUp()
    world.stores.source.seed('media', 'a', 'the third')
    world.stores.target.failing('listPage', ({ prefix }) =>
      prefix?.startsWith('.s3-sync/') === true ? failureOf('transient', 'InternalError', 'ListObjectsV2', 500) : undefined,
    )
    expect(summary(await world.run(DELETES))).toMatchObject({ exitCode: 3, totals: { copied: 0, deleted: 0 } })
  })
})

describe('a backup whose key exists already', () => {
  const BACKUP = { backupPrefix: 'old' }

  it('gets the run’s id appended: the existing object remains, and the backup is not lost', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'new'), new MemoryStore().seed('media', 'a', 'the first'))
    for (const content of ['new', 'newer still', 'the newest of all']) {
      world.stores.source.seed('media', 'a', content)
      await world.run({ ...BACKUP, run: `run-${content.length}` })
    }
    expect(objectsIn(world.stores.target)).toEqual({
      ...{ a: 'the newest of all', 'old/a': 'the first' },
      ...{ 'old/a.run-11': 'new', 'old/a.run-17': 'newer still' },
    })
  })

  it('also if the existing object is not a backup', async () => {
    const target = new MemoryStore().seed('media', 'gone', 'gone').seed('media', 'old/gone', 'a stranger').seed('media', 'b', 'b')
    const world = new VirtualWorld(new MemoryStore().seed('media', 'b', 'b'), target)
    await world.run({ ...BACKUP, ...DELETES })
    expect(objectsIn(target)).toEqual({ b: 'b', 'old/gone': 'a stranger', 'old/gone.RUN': 'gone' })
  })

  it('is not written again if it has the same content', async () => {
    const target = new MemoryStore().seed('media', 'gone', 'gone').seed('media', 'old/gone', 'gone').seed('media', 'b', 'b')
    const world = new VirtualWorld(new MemoryStore().seed('media', 'b', 'b'), target)
    await world.run({ ...BACKUP, ...DELETES })
    expect(objectsIn(target)).toEqual({ b: 'b', 'old/gone': 'gone' })
    expect(target.calls.get('copy')).toBeUndefined()
  })

  it('if both names exist, the object is not overwritten and is reported as failed', async () => {
    const target = new MemoryStore().seed('media', 'a', 'there').seed('media', 'old/a', '1').seed('media', 'old/a.RUN', '2')
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'new'), target)
    const events = await world.run(BACKUP)
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'a', failure: { code: 'BackupExists', side: 'target' } }])
    expect(objectsIn(target)).toEqual({ a: 'there', 'old/a': '1', 'old/a.RUN': '2' })
  })

  it('if its note can’t be written, nothing is overwritten', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'new'), new MemoryStore().seed('media', 'a', 'there'))
    world.stores.target.failing('put', ({ key }) =>
      key?.startsWith('.s3-sync/') === true ? failureOf('permanent', 'AccessDenied', 'PutObject', 403) : undefined,
    )
    const events = await world.run(BACKUP)
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'a', failure: { code: 'AccessDenied' } }])
    expect(world.stores.target.contents('media')).toEqual({ a: 'there' })
  })
})

describe('a run that is killed while it overwrites', () => {
  /** Killed after this event; the source object has changed before the resume. */
  async function killed(told: SyncEvent['type'], earlier: object, storedUntold: boolean): Promise<Record<string, string>> {
    const world = new VirtualWorld(
      new MemoryStore().seed('media', 'a', 'new'),
      new MemoryStore().seed('media', 'a', 'the old one'),
    )
    for (const [key, content] of Object.entries(earlier)) world.stores.target.seed('media', key, String(content))
    const plan: SyncPlan = { ...PLAN, backupPrefix: 'old' }
    const journal = new MemoryJournal()
    world.journal = journal
    world.candidates = memoryCandidates()
    await world.settle(
      eventsOf(plan, world).pipe(
        takeWhile(({ type }) => type !== told, true),
        toArray(),
      ),
    )
    if (storedUntold) world.stores.target.seed('media', 'a', 'new')
    world.stores.source.seed('media', 'a', 'newer still')
    const resumed = resumedFrom(journal)
    // This machine's clock was years ahead of the servers when the run began.
    const started = resumed.state.started && { ...resumed.state.started, at: Date.UTC(2099) }
    world.resumed = { ...resumed, state: { ...resumed.state, ...(started && { started }) } }
    await world.settle(eventsOf(plan, world).pipe(toArray()))
    return objectsIn(world.stores.target)
  }
  const [DECIDED, BACKED_UP] = ['page-decided', 'backup-made'] as const

  it.each<[string, SyncEvent['type'], object, boolean, object]>([
    ['before the backup', DECIDED, {}, false, { 'old/a': 'the old one' }],
    ['before it, where an earlier run has one', DECIDED, { 'old/a': '0' }, false, { 'old/a': '0', 'old/a.RUN': 'the old one' }],
    ['behind it', BACKED_UP, {}, false, { 'old/a': 'the old one' }],
    ['behind it, where an earlier run has one', BACKED_UP, { 'old/a': '0' }, false, { 'old/a': '0', 'old/a.RUN': 'the old one' }],
    ['when the copy was stored and nobody told', BACKED_UP, {}, true, { 'old/a': 'the old one' }],
  ])('%s: the backup is the earlier object, whatever the clocks say', async (_when, told, earlier, stored, backups) => {
    expect(await killed(told, earlier, stored)).toEqual({ a: 'newer still', ...backups })
  })
})

it('a TARGET within the backups cannot be used to overwrite or delete them', async () => {
  const world = await backedUp()
  world.stores.source.seed('other', 'a', 'another')
  const to = { source: place('other'), target: place('media', 'old/1') }
  const events = await world.run({ pairs: [to], ...DELETES })
  expect(objectsIn(world.stores.target)).toMatchObject(BACKUPS)
  expect(summary(events)).toMatchObject({ totals: { copied: 0, deleted: 0, filtered: 1 } })
})
