import { afterAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { openLocalStore } from '../../src/io/local/store.js'
import { isNote } from '../../src/pipeline/listing/known-backups.js'
import { COMPARE_MODES, type CompareMode, type SyncPlan } from '../../src/pipeline/plan/sync-plan.js'
import type { SyncEvent } from '../../src/pipeline/events/events.js'
import { evolve, initialState, overall } from '../../src/pipeline/state/run-state.js'
import { settled } from '../../src/pipeline/state/totals.js'
import { anyGlob, matchesPlainly, type MeantGlob } from '../support/globs.js'
import { MemoryStore } from '../support/memory-store.js'
import { place, VirtualWorld } from './harness.js'

/** An object: its content, and its modification time, s. */
interface Thing {
  readonly content: string
  readonly time: number
}
type Tree = ReadonlyMap<string, Thing>

/** The settings of a run that the model knows. */
interface Asked {
  readonly compare: CompareMode
  readonly ignoreExisting: boolean
  readonly keepNewer: boolean
  readonly globs: readonly { readonly include: boolean; readonly glob: MeantGlob }[]
  readonly minSize: number
  readonly deletes: boolean
  readonly backup: boolean
  readonly prefixes: { readonly source: string; readonly target: string }
  /** How many of source and target are directories. */
  readonly directories: 0 | 1 | 2
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

const glob = fc.record({ include: fc.boolean(), glob: anyGlob })
const prefix = fc.constantFrom('', '', 'a', 'é/b')
const asked: fc.Arbitrary<Asked> = fc.record({
  compare: fc.constantFrom(...COMPARE_MODES),
  ignoreExisting: fc.boolean(),
  keepNewer: fc.boolean(),
  globs: fc.oneof(fc.constant([]), fc.array(glob, { maxLength: 3 })),
  minSize: fc.constantFrom(0, 0, 1),
  deletes: fc.boolean(),
  backup: fc.boolean(),
  prefixes: fc.record({ source: prefix, target: prefix }),
  directories: fc.constant(0 as const),
})

/** The part of a key below a prefix; undefined for other keys. The object named by the prefix is excluded. */
const below = (at: string, key: string): string | undefined =>
  at === '' ? key : key.startsWith(`${at}/`) ? key.slice(at.length + 1) : undefined
const above = (at: string, name: string): string => (at === '' ? name : `${at}/${name}`)

/** Whether an object is in scope. */
function meantBy(on: Pick<Asked, 'globs' | 'minSize'>): (name: string, thing: Pick<Thing, 'content'>) => boolean {
  return (name, { content }) => {
    let named = on.globs[0]?.include !== true
    for (const { include, glob } of on.globs) if (matchesPlainly(glob, name)) named = include
    return named && Buffer.byteLength(content) >= on.minSize
  }
}

/** The expected target after a run, computed in the simplest way: everything in memory, one rule after the other. */
function expected(source: Tree, target: Tree, on: Asked): Map<string, string> {
  const is = new Map([...target].map(([key, { content }]) => [key, content]))
  const isMeant = meantBy(on)
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

/** Times of the trees are whole seconds, each accurate to one; the clocks of a directory and a server may differ by two. s */
const SLACK = { 0: 2, 1: 4, 2: 2 }

function isToCopy(here: Thing, there: Thing, { compare, ignoreExisting, keepNewer, directories }: Asked): boolean {
  const isNewer = there.time - here.time > SLACK[directories]
  return !ignoreExisting && !(keepNewer && isNewer) && !isUnchanged(here, there, compare, directories)
}

function isUnchanged(here: Thing, there: Thing, compare: CompareMode, directories: 0 | 1 | 2): boolean {
  const hasItsTime = directories > 0 && here.time === there.time
  if (compare === 'always' || here.content.length !== there.content.length) return false
  switch (compare) {
    case 'size':
      return true
    case 'mtime':
      return hasItsTime || there.time - here.time > SLACK[directories]
    case 'auto':
      return here.content === there.content || hasItsTime
    case 'checksum':
      return here.content === there.content
    case 'etag':
      return here.content === '' || (directories === 0 && here.content === there.content)
  }
}

function storeOf(bucket: string, things: Tree, pageSize: number, now?: () => number): MemoryStore {
  const store = new MemoryStore({ pageSize, ...(now && { now }) }).seed(bucket, 'x', '')
  store.remove(bucket, 'x')
  for (const [key, { content, time }] of things) store.seed(bucket, key, content, { lastModified: time * 1_000 })
  return store
}

/** The plan for these settings. */
const planOf = (on: Asked): Partial<SyncPlan> => ({
  ...{ compare: on.compare, ignoreExisting: on.ignoreExisting, keepNewer: on.keepNewer },
  selection: { globs: on.globs.map(({ include, glob }) => ({ include, glob: glob.text })), minSize: on.minSize },
  ...(on.deletes ? { deletes: { atMost: { percent: 100 } } } : {}),
  ...(on.backup ? { backupPrefix: BACKUP } : {}),
})

/** The expected target after the run with these events; also checks that the events add up. */
function after(events: readonly SyncEvent[], source: Tree, target: Tree, on: Asked): Map<string, string> {
  const totals = overall(events.reduce(evolve, initialState))
  expect(totals.failed).toBe(0)
  expect(settled(totals)).toBe(totals.listed)
  const isGuarded = totals.listed === 0 && totals.deletesPlanned > 0
  return expected(source, target, { ...on, deletes: on.deletes && !isGuarded })
}

/** Notes about backups are no user objects. */
const withoutNotes = (all: ReadonlyMap<string, string>): Map<string, string> => new Map([...all].filter(([key]) => !isNote(key)))
const contentsOf = (store: MemoryStore): Map<string, string> => withoutNotes(new Map(Object.entries(store.contents('t') ?? {})))

describe('a run produces the target that a plain model predicts, for any trees and options', () => {
  it('between stores', async () => {
    const cases = fc.asyncProperty(
      tree,
      tree,
      asked,
      fc.record({ pageSize: fc.integer({ min: 1, max: 5 }), workers: fc.integer({ min: 1, max: 8 }) }),
      async (source, target, on, { pageSize, workers }) => {
        const world = new VirtualWorld(storeOf('s', source, pageSize), storeOf('t', target, pageSize))
        const pairs = [{ source: place('s', on.prefixes.source), target: place('t', on.prefixes.target) }]
        const events = await world.run({ workers, pairs, ...planOf(on) })
        expect(contentsOf(world.stores.target)).toEqual(after(events, source, target, on))
      },
    )
    await fc.assert(cases, { numRuns: 1_000 })
  })

  const base = mkdtempSync(join(tmpdir(), 's3-sync-model-'))
  afterAll(() => rmSync(base, { recursive: true, force: true }))
  const local = () => openLocalStore({ followLinks: false, followLinksFrom: false, keepTimes: false, own: [] })

  it.each([
    ['from a directory', 'local', 'memory', 1],
    ['to a directory', 'memory', 'local', 1],
    ['between directories', 'local', 'local', 2],
  ] as const)('%s', async (_what, from, to, directories) => {
    const cases = fc.asyncProperty(tree, tree, asked, async (allSource, allTarget, asks) => {
      const [source, target] = apart(allSource, allTarget)
      const on = { ...asks, prefixes: { source: '', target: '' }, directories }
      const root = mkdtempSync(join(base, 'run-'))
      for (const side of ['s', 't']) mkdirSync(join(root, side))
      if (from === 'local') written(join(root, 's'), source)
      if (to === 'local') written(join(root, 't'), target)
      const memory = { source: storeOf('s', source, 3, Date.now), target: storeOf('t', target, 3, Date.now) }
      const stores = {
        source: from === 'local' ? local() : memory.source,
        target: to === 'local' ? local() : memory.target,
      }
      const world = new VirtualWorld(memory.source, memory.target)
      const nameOf = { s: from === 'local' ? join(root, 's') : 's', t: to === 'local' ? join(root, 't') : 't' }
      const pairs = [{ source: place(nameOf.s), target: place(nameOf.t) }]
      const events = await world.run({ pairs, ...planOf(on) }, stores)
      const model = after(events, source, target, on)
      expect(to === 'local' ? withoutNotes(read(join(root, 't'))) : contentsOf(memory.target)).toEqual(model)
    })
    await fc.assert(cases, { numRuns: 350 })
  })
})

describe('for any sequence of runs with any options', () => {
  const backupPrefix = fc.constantFrom(undefined, 'old/1', 'old/2', 'old', 'a/old', 'é/b/old', 'é')
  const oneRun = fc.record({ source: tree, on: asked, backupPrefix, pageSize: fc.integer({ min: 1, max: 5 }) })

  it('backups are never changed or copied; with --backup-prefix nothing is lost; objects out of scope remain', async () => {
    let backedUp = 0
    const cases = fc.asyncProperty(tree, fc.array(oneRun, { minLength: 2, maxLength: 5 }), async (first, runs) => {
      const target = storeOf('t', first, 3)
      const backups = new Map<string, string>()
      for (const [index, { source, on, backupPrefix, pageSize }] of runs.entries()) {
        const before = contentsOf(target)
        target.deleted.length = 0
        const world = new VirtualWorld(storeOf('s', source, pageSize), target)
        const pairs = [{ source: place('s', on.prefixes.source), target: place('t', on.prefixes.target) }]
        if (backupPrefix !== undefined && `${on.prefixes.target}/`.startsWith(`${backupPrefix}/`)) continue
        const plan = planOf({ ...on, backup: false })
        await world.run({ run: `run-${index}`, pairs, ...plan, ...(backupPrefix === undefined ? {} : { backupPrefix }) })
        const is = contentsOf(target)
        for (const [key, content] of backups) expect([key, is.get(key)]).toEqual([key, content])
        for (const [key, content] of before) {
          if (backupPrefix === undefined || is.get(key) === content) continue
          const kept = [`${backupPrefix}/${key}`, `${backupPrefix}/${key}.run-${index}`]
          expect(kept.map((name) => is.get(name))).toContain(content)
        }
        for (const key of target.deleted) {
          const name = below(on.prefixes.target, key) ?? ''
          expect([key, meantBy(on)(name, { content: before.get(key) ?? '' })]).toEqual([key, true])
        }
        for (const [key, content] of is)
          if (backupPrefix !== undefined && key.startsWith(`${backupPrefix}/`) && !before.has(key)) backups.set(key, content)
      }
      backedUp += backups.size
      const on = new VirtualWorld(target, storeOf('t', new Map(), 3))
      await on.run({ pairs: [{ source: place('t'), target: place('t') }] })
      for (const key of backups.keys()) expect(contentsOf(on.stores.target).has(key)).toBe(false)
    })
    await fc.assert(cases, { numRuns: 300 })
    expect(backedUp).toBeGreaterThan(300)
  })
})

/** The trees without keys that would have to be both a file and a directory. */
function apart(source: Tree, target: Tree): [Tree, Tree] {
  const all = [...source.keys(), ...target.keys()]
  const isFile = (key: string): boolean =>
    !all.some((other) => other.startsWith(`${key}/`)) && key.split('/').every((name) => name !== '.' && name !== '..')
  const files = (things: Tree): Tree => new Map([...things].filter(([key]) => isFile(key)))
  return [files(source), files(target)]
}

function written(root: string, things: Tree): void {
  for (const [key, { content, time }] of things) {
    const path = join(root, key)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    utimesSync(path, time, time)
  }
}

function read(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map(({ name, parentPath }) => {
      const path = join(parentPath, name)
      return [relative(root, path), readFileSync(path, 'utf8')]
    }),
  )
}
