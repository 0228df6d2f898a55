import fg from 'fast-glob'
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { compareKeys } from '../../pipeline/ports/key-order.js'
import type { ObjectEntry } from '../../pipeline/ports/objects.js'
import type { Sorter } from '../../pipeline/run/run-files.js'
import { makePrivateDirectory } from '../files/atomic-files.js'
import { mergeRuns } from './k-way-merge.js'
import { isProcessAlive } from '../files/processes.js'
import { readRun, writeRun } from './sorted-run.js'

/** Entries that are sorted in memory at once, about 10 MB. */
const RUN = 50_000
/** Runs that are open at once; more are merged into one first. Each needs a file handle and 64 KiB. */
const OPEN = 64
/** Entries per page. */
const PAGE = 1_000

/**
 * Sorts listings with runs on disk, below `temp`: memory holds one run, and then a piece of each. A key that was listed twice is returned
 * once, with its last entry.
 */
export function fileSorter(temp: string, runLength: number = RUN, openRuns: number = OPEN): Sorter {
  return {
    async *sorted(pages, onRepeat) {
      const spool = spoolIn(temp)
      let written = 0
      let runs: readonly string[] = []
      const spill = async (run: Parameters<typeof writeRun>[1]): Promise<string> => {
        makePrivateDirectory(spool)
        const path = join(spool, String(written++))
        await writeRun(path, run)
        return path
      }
      try {
        let held: ObjectEntry[] = []
        for await (const { entries } of pages) {
          for (const entry of entries) held.push(entry)
          if (held.length < runLength) continue
          runs = [...runs, await spill([sort(held)])]
          held = []
          if (runs.length < openRuns) continue
          const merged = await spill(mergeRuns(runs.map(readRun), PAGE, onRepeat))
          for (const run of runs) await rm(run)
          runs = [merged]
        }
        for await (const entries of mergeRuns([...runs.map(readRun), inMemory(sort(held))], PAGE, onRepeat)) yield { entries }
      } finally {
        await rm(spool, { recursive: true, force: true })
      }
    },
  }
}

/** A directory for this process's temporary data on disk. The directory is not created. */
export function spoolIn(temp: string): string {
  return join(temp, `spool-${process.pid}-${randomBytes(4).toString('hex')}`)
}

/** Removes the data of processes that were killed. */
export async function removeStaleSpools(temp: string): Promise<void> {
  const spools = await fg('spool-*', { cwd: temp, onlyDirectories: true, absolute: true })
  for (const spool of spools) {
    const pid = Number(basename(spool).split('-')[1])
    if (!isProcessAlive(pid)) await rm(spool, { recursive: true, force: true })
  }
}

/** By key; equal keys in the order of the listing. */
function sort(entries: ObjectEntry[]): ObjectEntry[] {
  return entries.sort((a, b) => compareKeys(a.key, b.key))
}

// eslint-disable-next-line @typescript-eslint/require-await -- the same type as runs on disk
async function* inMemory(entries: readonly ObjectEntry[]): AsyncGenerator<readonly ObjectEntry[]> {
  yield entries
}
