import { afterAll, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { takeWhile, toArray } from 'rxjs'
import { isNote } from '../../../src/pipeline/listing/known-backups.js'
import type { SyncEvent } from '../../../src/pipeline/events/events.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { evolve, initialState } from '../../../src/pipeline/state/run-state.js'
import { summarize } from '../../../src/pipeline/state/summary.js'
import {
  eventsOf,
  memoryCandidates,
  MemoryJournal,
  ofType,
  place,
  PLAN,
  resumedFrom,
  VirtualWorld,
  worldOf,
} from '../../pipeline/harness.js'
import { caseInsensitive } from '../../support/case-insensitive.js'
import { MemoryStore } from '../../support/memory-store.js'

let beforeCall: (name: string, path: unknown) => void = () => undefined
const files = caseInsensitive((name, path) => beforeCall(name, path))
jest.unstable_mockModule('node:fs/promises', () => ({ ...files, default: files }))
const { openLocalStore } = await import('../../../src/io/local/store.js')

const base = realpathSync(mkdtempSync(join(tmpdir(), 's3-sync-case-')))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const DELETES = { deletes: { atMost: { percent: 100 } } }
type Files = Readonly<Record<string, string>>
const summary = (events: readonly SyncEvent[]) => summarize(events.reduce(evolve, initialState), 0)

/** A directory of such a file system, with the given files. */
function directory(there: Files): string {
  const root = mkdtempSync(join(base, 'run-'))
  for (const [key, content] of Object.entries(there)) {
    mkdirSync(dirname(join(root, key)), { recursive: true })
    writeFileSync(join(root, key), content)
  }
  return root
}

/** The files of a directory, by their real names. */
function read(root: string): Record<string, string> {
  const found = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const keys = found.map(({ name, parentPath }) => relative(root, join(parentPath, name))).filter((key) => !isNote(key))
  return Object.fromEntries(keys.sort().map((key) => [key, readFileSync(join(root, key), 'utf8')]))
}

function world(source: Files) {
  const store = new MemoryStore().seed('s', 'seed', '')
  store.remove('s', 'seed')
  for (const [key, content] of Object.entries(source)) store.seed('s', key, content)
  const target = openLocalStore({ followLinks: false, followLinksFrom: false, keepTimes: false, own: [] })
  return { world: new VirtualWorld(store), stores: { source: store, target } }
}

const planOf = (root: string, plan: Partial<SyncPlan>): SyncPlan => ({
  ...{ ...PLAN, workers: 2, pairs: [{ source: place('s'), target: place(root) }] },
  ...plan,
})

/** A run from a bucket with the given objects. */
function run(source: Files, root: string, plan: Partial<SyncPlan> = {}): Promise<SyncEvent[]> {
  const { world: on, stores } = world(source)
  return on.run(planOf(root, plan), stores)
}

const failed = (events: readonly SyncEvent[]) =>
  ofType(events, 'object-failed').map(({ key, failure }) => `${failure.code} ${key}`)

describe('given a directory where A.txt and a.txt are the same name', () => {
  const both = { 'A.txt': 'upper', 'a.txt': 'lower', z: 'z' }

  it('the second of two such keys is reported as failed in each run, and the first file remains', async () => {
    const root = directory({ extra: 'extra' })
    for (const plan of [{}, DELETES, { ...DELETES, workers: 1 }]) {
      const events = await run(both, root, plan)
      expect(failed(events)).toEqual([expect.stringMatching(/^CaseConflict (A|a)\.txt$/)])
      expect(summary(events).exitCode).toBe(1)
    }
    const left = read(root)
    expect(Object.keys(left)).toHaveLength(3)
    expect(left).toMatchObject({ extra: 'extra', z: 'z' })
    expect([left['A.txt'], left['a.txt']].filter((content) => content !== undefined)).toEqual([
      left['A.txt'] === undefined ? 'lower' : 'upper',
    ])
  })

  it.each<[string, Files, Files, Partial<SyncPlan>, Files, string[]]>([
    [
      'a new key beside one that is there',
      both,
      { 'A.txt': 'upper', z: 'z' },
      {},
      { 'A.txt': 'upper', z: 'z' },
      ['CaseConflict a.txt'],
    ],
    ['in directories', { 'dir/y': 'y', z: 'z' }, { 'Dir/x': 'x' }, {}, { 'Dir/x': 'x', z: 'z' }, ['CaseConflict dir/y']],
    ['deeper in them', { 'dir/b/c': 'c' }, { 'Dir/x': 'x' }, {}, { 'Dir/x': 'x' }, ['CaseConflict dir/b/c']],
    ['accents', { 'e\u0301': 'two', z: 'z' }, { é: 'one' }, {}, { é: 'one', z: 'z' }, ['CaseConflict e\u0301']],
    ['skipped', both, { 'A.txt': 'upper', z: 'z' }, { caseConflict: 'skip' }, { 'A.txt': 'upper', z: 'z' }, []],
    ['overwritten', both, { 'A.txt': 'upper', z: 'z' }, { caseConflict: 'overwrite' }, { 'a.txt': 'lower', z: 'z' }, []],
    [
      'overwritten, with a backup',
      both,
      { 'A.txt': 'upper', z: 'z', 'old/a.txt': 'older' },
      { caseConflict: 'overwrite', backupPrefix: 'old' },
      { 'a.txt': 'lower', z: 'z', 'old/a.txt': 'older', 'old/A.txt.RUN': 'upper' },
      [],
    ],
    [
      'not overwritten: what is left out',
      { 'a.txt': 'lower', z: 'z' },
      { 'A.txt': 'upper' },
      { caseConflict: 'overwrite', selection: { globs: [{ include: false, glob: 'A*' }] } },
      { 'A.txt': 'upper', z: 'z' },
      ['CaseConflict a.txt'],
    ],
    [
      'not overwritten: a directory',
      { 'dir/y': 'y', z: 'z' },
      { 'Dir/x': 'x' },
      { caseConflict: 'overwrite' },
      { 'Dir/x': 'x', z: 'z' },
      ['CaseConflict dir/y'],
    ],
    ['an object that took another case', { 'a.txt': 'new', z: 'z' }, { 'A.txt': 'old' }, DELETES, { 'a.txt': 'new', z: 'z' }, []],
    [
      'the same, skipped',
      { 'a.txt': 'new', z: 'z' },
      { 'A.txt': 'old' },
      { ...DELETES, caseConflict: 'skip' },
      { 'a.txt': 'new', z: 'z' },
      [],
    ],
    [
      'the same, overwritten',
      { 'a.txt': 'new' },
      { 'A.txt': 'old' },
      { ...DELETES, caseConflict: 'overwrite' },
      { 'a.txt': 'new' },
      [],
    ],
    ['a directory that took another case', { 'dir/y': 'y', z: 'z' }, { 'Dir/x': 'x' }, DELETES, { 'dir/y': 'y', z: 'z' }, []],
    [
      'extras, with a conflict',
      both,
      { 'A.txt': 'upper', x: 'x', z: 'z' },
      DELETES,
      { 'A.txt': 'upper', x: 'x', z: 'z' },
      ['CaseConflict a.txt'],
    ],
    [
      'extras, with a conflict that is skipped',
      both,
      { 'A.txt': 'upper', x: 'x', z: 'z' },
      { ...DELETES, caseConflict: 'skip' },
      { 'A.txt': 'upper', z: 'z' },
      [],
    ],
    ['the same name, changed', { 'A.txt': 'changed' }, { 'A.txt': 'upper' }, {}, { 'A.txt': 'changed' }, []],
    ['the same name with an accent, changed', { é: 'changed' }, { é: 'one' }, {}, { é: 'changed' }, []],
  ])('%s', async (_what, source, there, plan, expected, failures) => {
    const root = directory(there)
    const events = await run(source, root, plan)
    expect(read(root)).toEqual(expected)
    expect(failed(events)).toEqual(failures)
    const again = await run(source, root, { ...plan, run: 'AGAIN' })
    expect(failed(again)).toEqual(failures)
  })

  it('skipped ones are counted as skipped', async () => {
    const root = directory({ 'A.txt': 'upper' })
    const events = await run(both, root, { caseConflict: 'skip' })
    expect(summary(events)).toMatchObject({ exitCode: 0, totals: { listed: 3, skipped: 2, reasons: { 'case-conflict': 1 } } })
  })

  it('a name in another case does not exist: it is neither read nor deleted', async () => {
    const root = directory({ 'A.txt': 'upper', 'Dir/x': 'x' })
    const { target } = world({}).stores
    const { signal } = new AbortController()
    for (const key of ['a.txt', 'dir/x', 'Dir/X'])
      await expect(target.head({ bucket: root, key, signal })).rejects.toMatchObject({ failure: { code: 'NoSuchKey' } })
    expect(await target.deleteObjects({ bucket: root, keys: ['a.txt', 'dir/x', 'Dir/X'], signal })).toEqual([])
    expect(read(root)).toEqual({ 'A.txt': 'upper', 'Dir/x': 'x' })
  })

  it('the resume of a killed run does not delete the files that it wrote', async () => {
    const source = { 'a.txt': 'new', z: 'z' }
    for (const caseConflict of ['overwrite', undefined] as const) {
      const root = directory({ 'A.txt': 'old' })
      const plan = planOf(root, { ...DELETES, ...(caseConflict && { caseConflict }) })
      const { world: on, stores } = world(source)
      const journal = new MemoryJournal()
      const isOver = ({ type, ...event }: SyncEvent): boolean =>
        type === 'object-copied' && 'key' in event && event.key === 'a.txt'
      const here = { ...worldOf(on, stores), candidates: memoryCandidates(), journal }
      await on.settle(
        eventsOf(plan, here).pipe(
          takeWhile((event) => !isOver(event), true),
          toArray(),
        ),
      )
      expect(read(root)).toMatchObject({ 'a.txt': 'new' })
      await on.settle(eventsOf(plan, { ...here, resumed: resumedFrom(journal) }).pipe(toArray()))
      expect(read(root)).toEqual(source)
    }
  })

  it('a file that is replaced while its name is compared with another one still counts as one file', async () => {
    const root = directory({ 'a.txt': 'there', z: 'z' })
    const { target } = world({}).stores
    let looks = 0
    beforeCall = (name, path) => {
      if (name !== 'lstat' || path !== join(root, 'A.TXT') || looks++ > 0) return
      writeFileSync(join(root, 'temporary'), 'replaced')
      renameSync(join(root, 'temporary'), join(root, 'a.txt'))
    }
    const { signal } = new AbortController()
    const body = Buffer.from('another')
    const put = (key: string) => target.put({ bucket: root, key, body, size: body.length, attributes: { metadata: {} }, signal })
    try {
      await put('a.txt')
      await expect(put('A.txt')).rejects.toMatchObject({ failure: { code: 'CaseConflict' } })
    } finally {
      beforeCall = () => undefined
    }
    expect(looks).toBeGreaterThan(0)
    expect(read(root)).toEqual({ 'a.txt': 'another', z: 'z' })
  })

  it('no run loses the data of another object, in any order of copies, except with --case-conflict overwrite', async () => {
    const key = fc
      .array(fc.constantFrom('a', 'A', 'é', 'É', 'e\u0301', 'b'), { minLength: 1, maxLength: 2 })
      .map((names) => names.join('/'))
    const tree = fc.dictionary(key, fc.constantFrom('1', '22', '333'), { maxKeys: 6 })
    const asked = fc.record({ source: tree, deletes: fc.boolean(), workers: fc.integer({ min: 1, max: 4 }), skip: fc.boolean() })
    const cases = fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 3 }), async (runs) => {
      const root = directory({})
      for (const { source, deletes, workers, skip } of runs) {
        const before = read(root)
        const events = await run(source, root, { workers, ...(deletes && DELETES), ...(skip && { caseConflict: 'skip' }) })
        const is = read(root)
        const { totals } = summary(events)
        expect(totals.copied + totals.skipped + totals.failed).toBe(totals.listed)
        for (const { key } of ofType(events, 'object-copied')) expect([key, is[key]]).toEqual([key, source[key]])
        for (const [key, content] of Object.entries(before))
          if (source[key] === undefined && !deletes) expect([key, is[key]]).toEqual([key, content])
        for (const [key, content] of Object.entries(is)) expect([key, content]).toEqual([key, source[key] ?? before[key]])
      }
    })
    await fc.assert(cases, { numRuns: 150 })
  })
})
