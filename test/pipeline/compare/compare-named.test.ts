import { describe, expect, it } from '@jest/globals'
import type { SyncEvent } from '../../../src/pipeline/events/events.js'
import { StoreError } from '../../../src/pipeline/ports/failure.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { oneObject } from '../../../src/pipeline/ports/bucket-pair.js'
import { evolve, initialState } from '../../../src/pipeline/state/run-state.js'
import { summarize } from '../../../src/pipeline/state/summary.js'
import { failureOf, MemoryStore } from '../../support/memory-store.js'
import { MemoryJournal, ofType, pair, place, resumedFrom, VirtualWorld } from '../harness.js'

const summary = (events: readonly SyncEvent[]) => summarize(events.reduce(evolve, initialState), 0)

async function* pages(...all: string[][]): AsyncGenerator<readonly string[]> {
  for (const page of all) yield await Promise.resolve(page)
}

function given(): VirtualWorld {
  const source = new MemoryStore()
  for (const key of ['x', 'x/a', 'x/b', 'x/c', 'y']) source.seed('media', key, `${key} here`)
  return new VirtualWorld(source, new MemoryStore().seed('media', 'x/b', 'x/b here').seed('media', 'x/c', 'other'))
}

const run = (world: VirtualWorld, keys: string[][], plan: Partial<SyncPlan> = {}) => {
  world.named = pages(...keys)
  return world.run(plan)
}

describe('with named keys', () => {
  it('each is checked by HEAD: only new and changed ones are copied, and nothing is listed', async () => {
    const world = given()
    const events = await run(world, [['x/a', 'x/b'], ['x/c']])
    expect(world.stores.target.contents('media')).toEqual({ 'x/a': 'x/a here', 'x/b': 'x/b here', 'x/c': 'x/c here' })
    // Except for the notes about backups at the target, before an object is overwritten.
    expect([world.stores.source.calls.get('listPage'), world.stores.target.calls.get('listPage')]).toEqual([undefined, 1])
    expect(ofType(events, 'object-skipped')).toMatchObject([{ key: 'x/b', reason: 'unchanged' }])
    expect(summary(events)).toMatchObject({
      exitCode: 0,
      totals: { listed: 3, copied: 2, skipped: 1, reasons: { new: 1, size: 1, unchanged: 1 } },
    })
  })

  it('a key missing at the source is reported as failed, the others are copied', async () => {
    const world = given()
    const events = await run(world, [['x/never', 'x/a']])
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'x/never', failure: { code: 'NoSuchKey' } }])
    expect(summary(events)).toMatchObject({ exitCode: 1, totals: { listed: 2, copied: 1, failed: 1 } })
  })

  it('a key outside the place is reported as failed', async () => {
    const events = await run(given(), [['y', 'x/a', 'x', 'xx/a']], {
      pairs: [{ source: place('media', 'x'), target: place('media', 'z') }],
    })
    expect(ofType(events, 'object-failed').map(({ key, failure }) => [key, failure.code])).toEqual([
      ['y', 'OutsidePrefix'],
      ['x', 'OutsidePrefix'],
      ['xx/a', 'OutsidePrefix'],
    ])
    expect(ofType(events, 'object-copied')).toMatchObject([{ key: 'x/a', targetKey: 'z/a' }])
  })

  it('the object named by the prefix belongs to the place; without a name at the target it is skipped', async () => {
    const source = place('media', 'x', true)
    const to = async (target: typeof source) => {
      const world = given()
      const events = await run(world, [['x', 'x/a']], { pairs: [{ source, target }] })
      return [summary(events).totals.reasons, ofType(events, 'object-copied').map(({ targetKey }) => targetKey)]
    }
    expect(await to(place('media', 'z', true))).toEqual([{ new: 2 }, ['z', 'z/a']])
    expect(await to(place('media', 'z'))).toEqual([{ new: 1, 'no-name': 1 }, ['z/a']])
    expect(await to(place('other'))).toEqual([{ new: 1, 'no-name': 1 }, ['a']])
  })

  it('if the source is one object, only that object belongs to the place', async () => {
    const pairs = [{ source: oneObject('media', 'x'), target: oneObject('media', 'z') }]
    const events = await run(given(), [['x', 'x/a']], { pairs })
    expect(ofType(events, 'object-copied')).toMatchObject([{ key: 'x', targetKey: 'z' }])
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'x/a', failure: { code: 'OutsidePrefix' } }])
  })

  it('a dry run reports what would be copied', async () => {
    const events = await run(given(), [['x/a', 'x/b']], { dryRun: true })
    expect(ofType(events, 'copy-planned')).toMatchObject([{ key: 'x/a', reason: 'new', size: 8 }])
  })

  it('overwriting an object leaves its backup', async () => {
    const world = given()
    await run(world, [['x/a', 'x/c']], { backupPrefix: 'old' })
    expect(world.stores.target.contents('media')).toMatchObject({ 'old/x/c': 'other', 'x/c': 'x/c here' })
    expect(world.stores.target.object('media', 'old/x/a')).toBeUndefined()
  })

  it('a list that can’t be read to the end ends the run with 3', async () => {
    const world = given()
    world.named = (async function* () {
      yield await Promise.resolve(['x/a'])
      throw new StoreError(failureOf('fatal', 'BadKeyList', 'Listing'))
    })()
    const events = await world.run({ pairs: [pair('media')] })
    expect(world.stores.target.contents('media')).toMatchObject({ 'x/a': 'x/a here' })
    expect(summary(events)).toMatchObject({ exitCode: 3, failure: { code: 'BadKeyList' } })
  })

  it('a key outside the place fails again on a resume, which continues after the last valid key', async () => {
    const world = given()
    const pairs = [{ source: place('media', 'x'), target: place('media', 'z') }]
    const journal = new MemoryJournal()
    world.journal = journal
    await run(world, [['x/a', 'y']], { pairs })
    world.resumed = resumedFrom(journal)
    const { state, left } = world.resumed
    expect([state.pairs[0]?.totals, left.pairs[0]?.shards]).toMatchObject([{ listed: 2, copied: 1, failed: 1 }, []])
    const again = await run(world, [], { pairs })
    expect(ofType(again, 'object-failed').map(({ key, failure }) => [key, failure.code])).toEqual([['y', 'OutsidePrefix']])
    expect(world.stores.target.contents('media')).toEqual({ 'x/b': 'x/b here', 'x/c': 'other', 'z/a': 'x/a here' })
    expect(summary(journal.events)).toMatchObject({ exitCode: 1, totals: { listed: 2, copied: 1, failed: 1 } })
  })
})
