import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Globs, narrowing, type Selection, selects } from '../../../src/pipeline/plan/selection.js'
import { failureOf, MemoryStore } from '../../support/memory-store.js'
import { anyGlob, anyName } from '../../support/globs.js'
import { MemoryJournal, ofType, pair, place, resumedFrom, VirtualWorld } from '../harness.js'

const ask = (selection: Selection) => selects(selection, new Globs(selection))
const include = (glob: string) => ({ include: true, glob })
const exclude = (glob: string) => ({ include: false, glob })
const entry = (size = 1, lastModified = 1) => ({ key: '', size, etag: '', lastModified })

describe('names', () => {
  it.each([
    ['no glob', [], 'any/name', true],
    ['an exclude that matches', [exclude('tmp/**')], 'tmp/a/b', false],
    ['an exclude that does not', [exclude('tmp/**')], 'a/tmp/b', true],
    ['an include that matches', [include('**/*.jpg')], 'a/b.jpg', true],
    ['an include that does not: what no glob names stays out', [include('**/*.jpg')], 'a/b.png', false],
    ['a glob without a "/" matches at any depth', [include('*.jpg')], 'a/b.jpg', true],
    ['a glob with a "/" begins at the top', [include('a/*.jpg')], 'x/a/b.jpg', false],
    ['parentheses are themselves', [exclude('archive (old)/**')], 'archive (old)/x', false],
    ['a dot is a character', [include('**/*.jpg')], '.hidden/.b.jpg', true],
    ['the later wins: out but in', [exclude('**'), include('**/*.jpg')], 'a/b.jpg', true],
    ['the later wins: in but out', [include('**/*.jpg'), exclude('tmp/**')], 'tmp/b.jpg', false],
    ['the first is an exclude: what no glob names is in', [exclude('tmp/**'), include('tmp/keep')], 'b', true],
    ['braces and classes', [include('{a,b}/[0-9]*')], 'b/7x', true],
  ])('%s', (_what, globs, name, selected) => {
    expect(ask({ globs })?.(name, entry()) ?? true).toBe(selected)
  })
})

describe('globs without a match', () => {
  it('are those that matched no name, whichever glob decided', () => {
    const rules = [include('*.jpg'), exclude('tmp/**'), include('*.jpeg'), include('a.jpg')]
    const globs = new Globs({ globs: rules })
    globs.selects('a.jpg')
    expect(globs.unmatched).toEqual([exclude('tmp/**'), include('*.jpeg')])
    globs.selects('tmp/b.jpg')
    expect(globs.unmatched).toEqual([include('*.jpeg')])
  })

  it('are reported at the end of a run, and of a comparison', async () => {
    const globs = [include('*.jpg'), exclude('never/**')]
    for (const plan of [{}, { verifiesOnly: true, verifies: { deep: false, extras: true } }]) {
      const world = new VirtualWorld(new MemoryStore().seed('b', 'a.jpg', '1'), new MemoryStore().seed('b', 'a.jpg', '1'))
      const events = await world.run({ ...plan, pairs: [pair('b')], selection: { globs } })
      expect(ofType(events, 'globs-unmatched')).toMatchObject([{ globs: [exclude('never/**')] }])
      expect(events.at(-1)?.type).toBe('run-finished')
    }
  })

  it('are not reported after a failed listing or a resume: the names are incomplete', async () => {
    const plan = { pairs: [pair('b')], retries: 0, selection: { globs: [include('*.jpg')] } }
    const world = new VirtualWorld(new MemoryStore().seed('b', 'a.png', '1'))
    const journal = new MemoryJournal()
    world.journal = journal
    world.stores.source.failing('listPage', (_call, count) => (count === 1 ? failureOf('permanent', 'AccessDenied') : undefined))
    expect(ofType(await world.run(plan), 'globs-unmatched')).toEqual([])
    world.resumed = resumedFrom(journal)
    expect(ofType(await world.run(plan), 'globs-unmatched')).toEqual([])
  })
})

describe('sizes and times', () => {
  it.each<[string, Omit<Selection, 'globs'>, ReturnType<typeof entry>, boolean]>([
    ['as small as allowed', { minSize: 5 }, entry(5), true],
    ['too small', { minSize: 5 }, entry(4), false],
    ['as large as allowed', { maxSize: 5 }, entry(5), true],
    ['too large', { maxSize: 5 }, entry(6), false],
    ['newer', { newerThan: 10 }, entry(1, 11), true],
    ['not newer', { newerThan: 10 }, entry(1, 10), false],
    ['older', { olderThan: 10 }, entry(1, 9), true],
    ['not older', { olderThan: 10 }, entry(1, 10), false],
    ['of one day', { newerThan: 10, olderThan: 20 }, entry(1, 15), true],
  ])('%s', (_what, rules, object, selected) => {
    expect(ask({ globs: [], ...rules })?.('name', object)).toBe(selected)
  })

  it('an empty selection needs no predicate', () => {
    expect(ask({ globs: [] })).toBeUndefined()
  })
})

describe('the common beginning of all selected names', () => {
  it.each([
    [[include('logs/2026/**')], 'logs/2026/'],
    [[include('logs/2026-*.gz')], 'logs/2026-'],
    [[include('logs/a*'), include('logs/b*')], 'logs/'],
    [[include('logs/a*'), exclude('logs/ab*')], 'logs/a'],
    [[include('./logs/a*'), include('/logs/')], 'logs/'],
    [[include('x/🚀*'), include('x/🛸*')], 'x/'],
    [[include('exact/key')], 'exact/key'],
    [[include('exact')], ''],
    [[include('a/**'), include('*.jpg')], ''],
    [[exclude('a/**'), include('a/b/**')], ''],
    [[], ''],
  ])('%j: %j', (globs, common) => {
    expect(narrowing({ globs })).toBe(common)
  })

  it('loses no name when only that beginning is listed', () => {
    const rule = fc.record({ include: fc.boolean(), glob: anyGlob.map(({ text }) => text) })
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 3 }), anyName, (globs, someName) => {
        const selected = ask({ globs })?.(someName, entry()) ?? true
        if (selected) expect(someName.startsWith(narrowing({ globs }))).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('whether everything below a directory is excluded', () => {
  it.each([
    [[exclude('a/')], true],
    [[exclude('a/**')], true],
    [[exclude('*/**')], true],
    [[exclude('**')], true],
    [[exclude('*')], true],
    [[exclude('a/*')], false],
    [[exclude('a/?')], false],
    [[exclude('b/')], false],
    [[exclude('a/b/')], false],
    [[exclude('a/'), include('a/b')], false],
    [[exclude('a/'), include('*.jpg')], false],
    [[exclude('a/'), include('b/**')], true],
    [[include('a/b'), exclude('a/')], true],
    [[include('b/**')], true],
    [[include('*.jpg')], false],
    [[], false],
  ])('%j: %j', (globs, isOut) => {
    expect(new Globs({ globs }).leavesOut('a/')).toBe(isOut)
  })

  it('is true only if no name below it is selected', () => {
    const rule = fc.record({ include: fc.boolean(), glob: anyGlob.map(({ text }) => text) })
    const ignoreCase = fc.boolean()
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 3 }), ignoreCase, anyName, anyName, (globs, ignoreCase, directory, below) => {
        const read = new Globs({ globs, ignoreCase })
        if (read.leavesOut(`${directory}/`)) expect(read.selects(`${directory}/${below}`)).toBe(false)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('a run with filters', () => {
  const source = () =>
    new MemoryStore().seed('b', 'x/a.jpg', '1').seed('b', 'x/deep/b.jpg', '2').seed('b', 'x/c.png', '3').seed('b', 'y/d.jpg', '4')

  it('copies the selected objects, and counts the others as filtered', async () => {
    const world = new VirtualWorld(source())
    const events = await world.run({ pairs: [pair('b')], selection: { globs: [include('**/*.jpg'), exclude('y/**')] } })
    expect(Object.keys(world.stores.target.contents('b') ?? {})).toEqual(['x/a.jpg', 'x/deep/b.jpg'])
    expect(ofType(events, 'page-decided')).toMatchObject([{ listed: { objects: 4 }, filtered: { objects: 2, bytes: 2 } }])
  })

  it('names are relative to the prefix, and only possible matches are listed', async () => {
    const world = new VirtualWorld(source())
    const places = { source: place('b', 'x'), target: place('t', 'z') }
    const events = await world.run({ pairs: [places], selection: { globs: [include('deep/*')] } })
    expect(Object.keys(world.stores.target.contents('t') ?? {})).toEqual(['z/deep/b.jpg'])
    expect(ofType(events, 'page-decided')).toMatchObject([{ listed: { objects: 1 } }])
  })
})
