import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import picomatch from 'picomatch'
import { narrowing, type Selection, selects } from '../../src/pipeline/selection.js'
import { MemoryStore } from '../support/memory-store.js'
import { ofType, pair, place, VirtualWorld } from './harness.js'

const compile = (glob: string) => picomatch(glob, { dot: true })
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
    ['* stays within a /', [include('*.jpg')], 'a/b.jpg', false],
    ['a dot is a character', [include('**/*.jpg')], '.hidden/.b.jpg', true],
    ['the later wins: out but in', [exclude('**'), include('**/*.jpg')], 'a/b.jpg', true],
    ['the later wins: in but out', [include('**/*.jpg'), exclude('tmp/**')], 'tmp/b.jpg', false],
    ['the first is an exclude: what no glob names is in', [exclude('tmp/**'), include('tmp/keep')], 'b', true],
    ['braces and classes', [include('{a,b}/[0-9]*')], 'b/7x', true],
  ])('%s', (_what, globs, name, selected) => {
    expect(selects({ globs }, compile)?.(name, entry()) ?? true).toBe(selected)
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
    expect(selects({ globs: [], ...rules }, compile)?.('name', object)).toBe(selected)
  })

  it('nothing asked for is no question', () => {
    expect(selects({ globs: [] }, compile)).toBeUndefined()
  })
})

describe('what all selected names begin with', () => {
  it.each([
    [[include('logs/2026/**')], 'logs/2026'],
    [[include('logs/2026-*.gz')], 'logs/2026-'],
    [[include('logs/a*'), include('logs/b*')], 'logs/'],
    [[include('logs/a*'), exclude('logs/ab*')], 'logs/a'],
    [[include('exact/key')], 'exact/key'],
    [[include('!not')], ''],
    [[include('@(a|b)')], ''],
    [[exclude('a/**'), include('a/b/**')], ''],
    [[], ''],
  ])('%j: %j', (globs, common) => {
    expect(narrowing({ globs })).toBe(common)
  })

  it('selects nothing else: listing only those loses none', () => {
    const part = fc.constantFrom('a', 'b', 'a/', 'b/', '*', '**', '?', '{a,b}', '[ab]', '!', '@(a|b)', '+(a)', '\\*')
    const glob = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
    const rule = fc.record({ include: fc.boolean(), glob })
    const name = fc.array(fc.constantFrom('a', 'b', '/', '*'), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 3 }), name, (globs, someName) => {
        const selected = selects({ globs }, compile)?.(someName, entry()) ?? true
        if (selected) expect(someName.startsWith(narrowing({ globs }))).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('a run about some objects', () => {
  const source = () =>
    new MemoryStore().seed('b', 'x/a.jpg', '1').seed('b', 'x/deep/b.jpg', '2').seed('b', 'x/c.png', '3').seed('b', 'y/d.jpg', '4')

  it('copies those, and counts the others as filtered', async () => {
    const world = new VirtualWorld(source())
    const events = await world.run({ pairs: [pair('b')], selection: { globs: [include('**/*.jpg'), exclude('y/**')] } })
    expect(Object.keys(world.stores.target.contents('b') ?? {})).toEqual(['x/a.jpg', 'x/deep/b.jpg'])
    expect(ofType(events, 'page-decided')).toMatchObject([{ listed: { objects: 4 }, filtered: { objects: 2, bytes: 2 } }])
  })

  it('names are those below the prefix, and only what can match is listed', async () => {
    const world = new VirtualWorld(source())
    const places = { source: place('b', 'x'), target: place('t', 'z') }
    const events = await world.run({ pairs: [places], selection: { globs: [include('deep/*')] } })
    expect(Object.keys(world.stores.target.contents('t') ?? {})).toEqual(['z/deep/b.jpg'])
    expect(ofType(events, 'page-decided')).toMatchObject([{ listed: { objects: 1 } }])
  })
})
