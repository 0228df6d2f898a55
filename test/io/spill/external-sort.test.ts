import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { fileSorter, removeStaleSpools } from '../../../src/io/spill/external-sort.js'
import type { ListPage, ObjectEntry } from '../../../src/pipeline/ports/objects.js'
import type { Sorter } from '../../../src/pipeline/run/run-files.js'
import { temporaryDirectory } from '../files/directory.js'

const directory = temporaryDirectory()

const entryOf = (key: string, size = 0): ObjectEntry => ({ key, size, etag: `"${key}`, lastModified: 1 })

/** A listing with `pageLength` entries a page. */
async function* listing(entries: readonly ObjectEntry[], pageLength: number): AsyncGenerator<ListPage> {
  for (let at = 0; at < entries.length; at += pageLength) {
    yield await Promise.resolve({ entries: entries.slice(at, at + pageLength) })
  }
}

async function sortedBy(sorter: Sorter, pages: AsyncIterable<ListPage>): Promise<ObjectEntry[]> {
  const entries: ObjectEntry[] = []
  for await (const page of sorter.sorted(pages)) entries.push(...page.entries)
  return entries
}

const spools = (): string[] => readdirSync(directory.path).filter((name) => name.startsWith('spool-'))

/** Any characters, including some that sort differently in UTF-16 and some that other tools treat as line ends. */
const keys = fc.array(
  fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u2028', '\uffee', '😀') })),
  { maxLength: 60 },
)

describe('a sorter on disk', () => {
  it('given any keys in any order, in memory or over many runs, then each is returned once, in the order of its UTF-8 bytes', async () => {
    const lengths = fc.integer({ min: 1, max: 20 })
    await fc.assert(
      fc.asyncProperty(keys, lengths, lengths, fc.integer({ min: 2, max: 4 }), async (listed, page, run, open) => {
        const entries = await sortedBy(
          fileSorter(directory.path, run, open),
          listing(
            listed.map((key) => entryOf(key)),
            page,
          ),
        )
        const expected = [...new Set(listed)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect(entries).toEqual(expected.map((key) => entryOf(key)))
      }),
    )
    expect(spools()).toEqual([])
  })

  it('given a key that was listed twice, then its last entry is returned', async () => {
    for (const run of [1, 2, 100]) {
      const listed = [entryOf('b', 1), entryOf('a', 1), entryOf('b', 2), entryOf('c', 1), entryOf('b', 3)]
      const entries = await sortedBy(fileSorter(directory.path, run, 2), listing(listed, 1))
      expect(entries).toEqual([entryOf('a', 1), entryOf('b', 3), entryOf('c', 1)])
    }
  })

  it('given a key twice, then the callback receives it, whatever runs it was in', async () => {
    for (const run of [1, 2, 100]) {
      const repeated: string[] = []
      const listed = [entryOf('b'), entryOf('a'), entryOf('c'), entryOf('d'), entryOf('b')]
      const sorted = fileSorter(directory.path, run, 2).sorted(listing(listed, 1), (key) => repeated.push(key))
      for await (const page of sorted) expect(page.entries.map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd'])
      expect(repeated).toEqual(['b'])
    }
  })

  it('given more than a page of entries, then pages of 1000 are returned', async () => {
    const listed = Array.from({ length: 2_500 }, (_, at) => entryOf(`k${2_500 - at}`))
    const lengths: number[] = []
    for await (const page of fileSorter(directory.path, 700).sorted(listing(listed, 1_000))) lengths.push(page.entries.length)
    expect(lengths).toEqual([1_000, 1_000, 500])
  })

  it('given runs on disk, then only their owner can read them', async () => {
    const sorted = fileSorter(directory.path, 1).sorted(listing([entryOf('b'), entryOf('a')], 1))
    await sorted[Symbol.asyncIterator]().next()
    const spool = join(directory.path, String(spools()[0]))
    expect(statSync(spool).mode & 0o777).toBe(0o700)
    expect(readdirSync(spool).map((run) => statSync(join(spool, run)).mode & 0o777)).toEqual([0o600, 0o600])
  })

  it('given a reader that stops early, then nothing remains on disk', async () => {
    const listed = Array.from({ length: 3_000 }, (_, at) => entryOf(String(at)))
    for await (const page of fileSorter(directory.path, 500).sorted(listing(listed, 500))) {
      expect(page.entries).toHaveLength(1_000)
      expect(spools()).toHaveLength(1)
      break
    }
    expect(spools()).toEqual([])
  })

  it('given a listing that fails, then its failure is thrown and nothing remains on disk', async () => {
    async function* failing(): AsyncGenerator<ListPage> {
      yield* listing([entryOf('b'), entryOf('a')], 1)
      throw new Error('cut')
    }
    await expect(sortedBy(fileSorter(directory.path, 1), failing())).rejects.toThrow('cut')
    expect(spools()).toEqual([])
  })
})

describe('leftovers of a sorter', () => {
  it('given spools of a dead and of a live process, then only those of the dead are removed', async () => {
    const dead = `spool-${spawnSync(process.execPath, ['-e', '0']).pid}-aa`
    const live = `spool-${process.pid}-bb`
    for (const name of [dead, live, 'runs']) mkdirSync(join(directory.path, name))
    await removeStaleSpools(directory.path)
    expect(readdirSync(directory.path).sort()).toEqual(['runs', live])
  })

  it('given no directory, then nothing happens, and none is created', async () => {
    await removeStaleSpools(join(directory.path, 'missing'))
    expect(existsSync(join(directory.path, 'missing'))).toBe(false)
  })
})
