import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Candidates, DELETES_AT_ONCE, type ObjectEntry } from '../../pipeline/ports.js'
import { makePrivateDirectory, PRIVATE_FILE } from './files.js'
import { readRun } from './run-file.js'

/** Candidates in files below `temp`, one for each pair. */
export interface FileCandidates extends Candidates {
  /** Takes the files away. */
  dispose(): Promise<void>
}

/** Makes no file before there is something to keep. */
export function fileCandidates(temp: string): FileCandidates {
  const directory = join(temp, `spool-${process.pid}-${randomBytes(4).toString('hex')}`)
  const files = new Map<number, Promise<FileHandle>>()
  let written: Promise<void> = Promise.resolve()
  const pathOf = (pair: number): string => join(directory, `deletes-${pair}`)
  const fileOf = (pair: number): Promise<FileHandle> => {
    const known = files.get(pair)
    if (known !== undefined) return known
    makePrivateDirectory(directory)
    const opened = open(pathOf(pair), 'ax', PRIVATE_FILE)
    files.set(pair, opened)
    return opened
  }
  return {
    add(pair, entries) {
      const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
      // One after the other: lines of two listers must not mix.
      written = written.then(async () => (await fileOf(pair)).appendFile(text))
      return written
    },

    async *batches(pair) {
      if (!files.has(pair)) return
      let batch: ObjectEntry[] = []
      for await (const entries of readRun(pathOf(pair))) {
        for (const entry of entries) {
          batch.push(entry)
          if (batch.length < DELETES_AT_ONCE) continue
          yield batch
          batch = []
        }
      }
      if (batch.length > 0) yield batch
    },

    async dispose() {
      for (const file of files.values()) await (await file).close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
