import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { DELETES_AT_ONCE } from '../../pipeline/ports/object-store.js'
import type { ObjectEntry } from '../../pipeline/ports/objects.js'
import { type Sorter } from '../../pipeline/run/run-files.js'
import { type Candidates } from '../../pipeline/run/run-files.js'
import { makePrivateDirectory, PRIVATE_FILE } from '../files/atomic-files.js'
import { upToLastLine } from '../files/lines.js'
import { readRun } from './sorted-run.js'

/** Candidates for deletion in files, one for each pair. */
export interface FileCandidates extends Candidates {
  close(): Promise<void>
  /** Deletes the files. */
  remove(): Promise<void>
}

/**
 * Stores candidates in files of a directory, which is created for the first one. With `again`, those of an earlier process count too, and
 * duplicates that both processes found are removed.
 */
export function fileCandidates(directory: string, again?: Sorter): FileCandidates {
  const files = new Map<number, Promise<FileHandle>>()
  let written: Promise<void> = Promise.resolve()
  const pathOf = (pair: number): string => join(directory, `deletes-${pair}`)
  const fileOf = (pair: number): Promise<FileHandle> => {
    const known = files.get(pair)
    if (known !== undefined) return known
    makePrivateDirectory(directory)
    const path = pathOf(pair)
    if (existsSync(path)) upToLastLine(path)
    const opened = open(path, 'a', PRIVATE_FILE)
    files.set(pair, opened)
    return opened
  }
  const close = async (): Promise<void> => {
    for (const file of files.values()) await (await file).close()
    files.clear()
  }
  return {
    add(pair, entries) {
      const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
      // One write at a time: lines of two listers must not mix.
      written = written.then(async () => (await fileOf(pair)).appendFile(text))
      return written
    },

    async *batches(pair) {
      if (!existsSync(pathOf(pair))) return
      // An earlier process that died may have left an incomplete line.
      upToLastLine(pathOf(pair))
      const found = pagesOf(pathOf(pair))
      let batch: ObjectEntry[] = []
      for await (const { entries } of again?.sorted(found) ?? found) {
        for (const entry of entries) {
          batch.push(entry)
          if (batch.length < DELETES_AT_ONCE) continue
          yield batch
          batch = []
        }
      }
      if (batch.length > 0) yield batch
    },

    close,

    async remove() {
      await close()
      if (!existsSync(directory)) return
      for (const name of readdirSync(directory)) if (/^deletes-\d+$/.test(name)) rmSync(join(directory, name))
      if (readdirSync(directory).length === 0) rmdirSync(directory)
    },
  }
}

async function* pagesOf(path: string) {
  for await (const entries of readRun(path)) yield { entries }
}
