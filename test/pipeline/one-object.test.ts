import { describe, expect, it } from '@jest/globals'
import { take, toArray } from 'rxjs'
import { oneObject, type BucketPrefix } from '../../src/pipeline/ports/bucket-pair.js'
import { summarize } from '../../src/pipeline/state/summary.js'
import { evolve, initialState } from '../../src/pipeline/state/run-state.js'
import { MemoryStore } from '../support/memory-store.js'
import { eventsOf, MemoryJournal, objectsIn, ofType, place, PLAN, resumedFrom, VirtualWorld } from './harness.js'

const store = (bucket: string, objects: Readonly<Record<string, string>>, lastModified: number): MemoryStore => {
  const made = new MemoryStore()
  for (const [key, content] of Object.entries(objects)) made.seed(bucket, key, content, { lastModified })
  return made
}
const SOURCE = { x: 'the one', 'x/k': 'below', x2: 'beside' }
const TARGET = { y: 'old', 'y/k': 'stays', 'y/x': 'old', z: 'stays' }

async function run(source: BucketPrefix, target: BucketPrefix, plan: Partial<typeof PLAN> = {}) {
  const world = new VirtualWorld(store('s', SOURCE, 1_000), store('t', TARGET, 1_000_000))
  const events = await world.run({ pairs: [{ source, target }], ...plan })
  const contents = objectsIn(world.stores.target, 't')
  const changed = Object.entries(contents).filter(([key, content]) => new Map(Object.entries(TARGET)).get(key) !== content)
  return { events, changed: Object.fromEntries(changed), totals: summarize(events.reduce(evolve, initialState), 0).totals }
}

describe('the object named by a prefix', () => {
  it.each<[string, BucketPrefix, Record<string, string>, Record<string, number>]>([
    ['goes to the target’s prefix', place('t', 'y', true), { y: 'the one', 'y/k': 'below' }, { copied: 2, skipped: 0 }],
    ['is skipped where the target takes only what is below', place('t', 'y'), { 'y/k': 'below' }, { copied: 1, skipped: 1 }],
    ['is skipped where the target is a whole bucket', place('t'), { k: 'below' }, { copied: 1, skipped: 1 }],
  ])('%s', async (_what, target, changed, totals) => {
    for (const plan of [{}, { compare: 'always' as const }, { keepNewer: false, backupPrefix: 'old' }]) {
      const made = await run(place('s', 'x', true), target, plan)
      expect(made).toMatchObject({ changed, totals: { listed: 2, ...totals } })
      const told = ofType(made.events, 'skip-told').map(({ key, reason }) => [key, reason])
      expect(told).toEqual(totals['skipped'] === 0 ? [] : [['x', 'no-name']])
    }
  })

  it.each([
    ['--ignore-existing', { ignoreExisting: true }],
    ['--keep-newer', { keepNewer: true }],
  ])('%s: the object at the target’s prefix is checked, also if globs narrow the listing', async (_option, plan) => {
    const selection = { globs: [{ include: true, glob: '/x*' }] }
    expect((await run(place('s', 'x', true), place('t', 'y', true), { ...plan, selection })).changed).toEqual({})
    expect((await run(place('s', 'x', true), place('t', 'y', true), { selection })).changed).toEqual({ y: 'the one' })
  })
})

describe('one object', () => {
  it('is copied alone, and nothing below its name is deleted', async () => {
    const deletes = { atMost: { percent: 100 } }
    expect(await run(oneObject('s', 'x'), oneObject('t', 'y'), { deletes })).toMatchObject({
      ...{ changed: { y: 'the one' }, totals: { listed: 1, copied: 1, deletesPlanned: 0 } },
    })
  })

  it('is backed up first', async () => {
    const made = await run(oneObject('s', 'x'), oneObject('t', 'y/x'), { backupPrefix: 'old' })
    // In addition to the note about backups.
    expect(made.changed).toMatchObject({ 'y/x': 'the one', 'old/y/x': 'old' })
  })

  it('is compared alone', async () => {
    const verifies = { verifiesOnly: true, verifies: { deep: false, extras: true } }
    const { events } = await run(oneObject('s', 'x'), oneObject('t', 'y'), verifies)
    expect(ofType(events, 'object-different')).toMatchObject([{ key: 'x' }])
  })

  it('is copied alone with its history', async () => {
    const world = new VirtualWorld(new MemoryStore().keeping('s'), new MemoryStore().keeping('t'))
    for (const [key, content] of Object.entries({ ...SOURCE, x: 'first' })) world.stores.source.seed('s', key, content)
    world.stores.source.seed('s', 'x', 'second')
    await world.run({ versions: true, pairs: [{ source: oneObject('s', 'x'), target: oneObject('t', 'y') }] })
    expect(world.stores.target.history('t', 'y')).toEqual(['first', 'second'])
    expect(Object.keys(world.stores.target.contents('t') ?? {})).toEqual(['y'])
  })

  it.each([1, 2, 3, 4, 5])('is resumed if its run is cut off after %d events', async (events) => {
    const world = new VirtualWorld(store('s', SOURCE, 1_000), store('t', TARGET, 1_000_000))
    const plan = { ...PLAN, pairs: [{ source: oneObject('s', 'x'), target: oneObject('t', 'y') }] }
    const journal = new MemoryJournal()
    world.journal = journal
    await world.settle(eventsOf(plan, world).pipe(take(events), toArray()))
    world.resumed = resumedFrom(journal)
    await world.run(plan)
    expect(world.stores.target.contents('t')).toEqual({ ...TARGET, y: 'the one' })
    expect(summarize(journal.events.reduce(evolve, initialState), 0).totals).toMatchObject({ listed: 1, failed: 0 })
  })
})
