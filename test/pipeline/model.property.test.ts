import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import picomatch from 'picomatch'
import type { CompareMode } from '../../src/pipeline/decide.js'
import type { SyncPlan } from '../../src/pipeline/run.js'
import { evolve, initialState, overall, settled } from '../../src/pipeline/state.js'
import { MemoryStore } from '../support/memory-store.js'
import { place, VirtualWorld } from './harness.js'

/** An object of a side: its content, and when it was written, s. */
interface Thing {
  readonly content: string
  readonly time: number
}
type Tree = ReadonlyMap<string, Thing>

/** What a run is asked to do, as far as the model knows it. */
interface Asked {
  readonly compare: CompareMode
  readonly ignoreExisting: boolean
  readonly keepNewer: boolean
  readonly globs: SyncPlan['selection']['globs']
  readonly minSize: number
  readonly deletes: boolean
  readonly backup: boolean
  readonly prefixes: { readonly source: string; readonly target: string }
}

const BACKUP = 'backup'

const name = fc
  .array(fc.constantFrom('a', 'b', 'é', '🚀', '\uff5e', '-', '.', '0'), { minLength: 1, maxLength: 2 })
  .map((parts) => parts.join(''))
const key = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
const tree: fc.Arbitrary<Tree> = fc
  .uniqueArray(fc.record({ key, content: fc.constantFrom('', 'x', 'y', 'xy', 'yx'), time: fc.integer({ min: 1, max: 9 }) }), {
    selector: (thing) => thing.key,
    maxLength: 25,
  })
  .map((things) => new Map(things.map(({ key, ...thing }) => [key, thing])))

const glob = fc.record({ include: fc.boolean(), glob: fc.constantFrom('a/**', '**/a*', '*', 'b*/**', '**/*é*', 'a', '🚀/**') })
const prefix = fc.constantFrom('', '', 'a', 'é/b')
const asked: fc.Arbitrary<Asked> = fc.record({
  compare: fc.constantFrom<CompareMode>('auto', 'size', 'etag', 'mtime', 'checksum', 'always'),
  ignoreExisting: fc.boolean(),
  keepNewer: fc.boolean(),
  globs: fc.oneof(fc.constant([]), fc.array(glob, { maxLength: 3 })),
  minSize: fc.constantFrom(0, 0, 1),
  deletes: fc.boolean(),
  backup: fc.boolean(),
  prefixes: fc.record({ source: prefix, target: prefix }),
})

/** The part of a key below a prefix; undefined for a key that is not below it. The object named by the prefix is left out here. */
const below = (at: string, key: string): string | undefined =>
  at === '' ? key : key.startsWith(`${at}/`) ? key.slice(at.length + 1) : undefined
const above = (at: string, name: string): string => (at === '' ? name : `${at}/${name}`)

/** What must be at the target after a run, told in the plainest way: all of both sides in memory, one rule after the other. */
function expected(source: Tree, target: Tree, on: Asked): Map<string, string> {
  const is = new Map([...target].map(([key, { content }]) => [key, content]))
  const rules = on.globs.map(({ include, glob }) => ({ include, matches: picomatch(glob, { dot: true }) }))
  const isMeant = (name: string, { content }: Thing): boolean => {
    let named = rules[0]?.include !== true
    for (const { include, matches } of rules) if (matches(name)) named = include
    return named && Buffer.byteLength(content) >= on.minSize
  }
  const isBackup = (key: string): boolean => on.backup && key.startsWith(`${BACKUP}/`)
  const keep = (key: string): void => {
    const content = is.get(key)
    if (on.backup && content !== undefined) is.set(`${BACKUP}/${key}`, content)
  }
  const known = new Set<string>()
  for (const [key, thing] of source) {
    const name = below(on.prefixes.source, key)
    if (name === undefined) continue
    known.add(name)
    const to = above(on.prefixes.target, name)
    if (!isMeant(name, thing) || isBackup(to)) continue
    const there = target.get(to)
    if (there !== undefined && !isToCopy(thing, there, on)) continue
    keep(to)
    is.set(to, thing.content)
  }
  for (const [key, thing] of target) {
    const name = below(on.prefixes.target, key)
    if (!on.deletes || name === undefined || known.has(name) || !isMeant(name, thing) || isBackup(key)) continue
    keep(key)
    is.delete(key)
  }
  return is
}

function isToCopy(here: Thing, there: Thing, { compare, ignoreExisting, keepNewer }: Asked): boolean {
  if (ignoreExisting || (keepNewer && there.time > here.time)) return false
  if (compare === 'always' || here.content.length !== there.content.length) return true
  if (compare === 'size') return false
  return compare === 'mtime' ? here.time > there.time : here.content !== there.content
}

function storeOf(bucket: string, things: Tree, pageSize: number): MemoryStore {
  const store = new MemoryStore({ pageSize }).seed(bucket, 'x', '')
  store.remove(bucket, 'x')
  for (const [key, { content, time }] of things) store.seed(bucket, key, content, { lastModified: time * 1_000 })
  return store
}

describe('a run', () => {
  it('leaves at the target what a plain model says, whatever the trees and the options', async () => {
    const cases = fc.asyncProperty(
      tree,
      tree,
      asked,
      fc.record({ pageSize: fc.integer({ min: 1, max: 5 }), workers: fc.integer({ min: 1, max: 8 }) }),
      async (source, target, on, { pageSize, workers }) => {
        const world = new VirtualWorld(storeOf('s', source, pageSize), storeOf('t', target, pageSize))
        const events = await world.run({
          workers,
          pairs: [{ source: place('s', on.prefixes.source), target: place('t', on.prefixes.target) }],
          ...{ compare: on.compare, ignoreExisting: on.ignoreExisting, keepNewer: on.keepNewer },
          selection: { globs: on.globs, minSize: on.minSize },
          ...(on.deletes ? { deletes: { atMost: { percent: 100 } } } : {}),
          ...(on.backup ? { backupPrefix: BACKUP } : {}),
        })
        const totals = overall(events.reduce(evolve, initialState))
        expect(totals.failed).toBe(0)
        expect(settled(totals)).toBe(totals.listed)
        const isGuarded = totals.listed === 0 && totals.deletesPlanned > 0
        const model = expected(source, target, { ...on, deletes: on.deletes && !isGuarded })
        expect(new Map(Object.entries(world.stores.target.contents('t') ?? {}))).toEqual(model)
      },
    )
    await fc.assert(cases, { numRuns: 1_000 })
  }, 120_000)
})
