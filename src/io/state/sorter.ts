import fg from 'fast-glob'
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import { compareKeys } from '../../pipeline/keys.js'
import type { ListPage, ObjectEntry, Sorter } from '../../pipeline/ports.js'
import { makePrivateDirectory, PRIVATE_FILE } from './files.js'

/** Entries that are sorted in memory at once; about 10 MB of them. */
const RUN = 50_000
/** Entries of a page that is handed on. */
const PAGE = 1_000

const Entry = v.object({ key: v.string(), size: v.number(), etag: v.string(), lastModified: v.number() })

/** Sorts listings over runs on disk, below `temp`: memory holds one run, and then a line of each (design.md, decision 5). */
export function fileSorter(temp: string, runLength: number = RUN): Sorter {
  return {
    async *sorted(pages) {
      const spool = join(temp, `spool-${process.pid}-${randomBytes(4).toString('hex')}`)
      const runs: string[] = []
      try {
        let held: ObjectEntry[] = []
        for await (const { entries } of pages) {
          for (const entry of entries) held.push(entry)
          if (held.length < runLength) continue
          makePrivateDirectory(spool)
          runs.push(await writeRun(join(spool, String(runs.length)), sort(held)))
          held = []
        }
        yield* paged(merge([...runs.map(readRun), inMemory(sort(held))]))
      } finally {
        await rm(spool, { recursive: true, force: true })
      }
    },
  }
}

/** Removes what processes that were killed left behind. */
export async function removeStaleSpools(temp: string): Promise<void> {
  const spools = await fg('spool-*', { cwd: fg.convertPathToPattern(temp), onlyDirectories: true, absolute: true })
  for (const spool of spools) {
    const pid = Number(basename(spool).split('-')[1])
    if (!isRunning(pid)) await rm(spool, { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function sort(entries: ObjectEntry[]): ObjectEntry[] {
  return entries.sort((a, b) => compareKeys(a.key, b.key))
}

/** A JSON object a line: JSON escapes line feeds, so keys can hold them. */
async function writeRun(path: string, entries: readonly ObjectEntry[]): Promise<string> {
  function* lines(): Generator<string> {
    for (const entry of entries) yield `${JSON.stringify(entry)}\n`
  }
  await writeFile(path, lines(), { mode: PRIVATE_FILE, flag: 'wx' })
  return path
}

async function* readRun(path: string): AsyncGenerator<ObjectEntry> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity })
  for await (const line of lines) yield v.parse(v.pipe(v.string(), v.parseJson(), Entry), line)
}

// eslint-disable-next-line @typescript-eslint/require-await -- one shape for runs on disk and in memory
async function* inMemory(entries: readonly ObjectEntry[]): AsyncGenerator<ObjectEntry> {
  yield* entries
}

/** Always the smallest of what the runs show next. A key that a listing named twice comes once: as it was named last. */
async function* merge(runs: readonly AsyncGenerator<ObjectEntry>[]): AsyncGenerator<ObjectEntry> {
  const heads: { entry: ObjectEntry; readonly run: AsyncGenerator<ObjectEntry> }[] = []
  try {
    for (const run of runs) {
      const first = await run.next()
      if (first.done !== true) heads.push({ entry: first.value, run })
    }
    let last: ObjectEntry | undefined
    for (;;) {
      const smallest = heads.reduce<(typeof heads)[number] | undefined>(
        (least, head) => (least === undefined || compareKeys(head.entry.key, least.entry.key) < 0 ? head : least),
        undefined,
      )
      if (smallest === undefined) break
      if (last !== undefined && last.key !== smallest.entry.key) yield last
      last = smallest.entry
      const next = await smallest.run.next()
      if (next.done === true) heads.splice(heads.indexOf(smallest), 1)
      else smallest.entry = next.value
    }
    if (last !== undefined) yield last
  } finally {
    for (const run of runs) await run.return(undefined)
  }
}

async function* paged(entries: AsyncIterable<ObjectEntry>): AsyncGenerator<ListPage> {
  let page: ObjectEntry[] = []
  for await (const entry of entries) {
    page.push(entry)
    if (page.length < PAGE) continue
    yield { entries: page }
    page = []
  }
  if (page.length > 0) yield { entries: page }
}
