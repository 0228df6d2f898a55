import { existsSync, rmSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Header } from '../../io/journal/header.js'
import { failuresIn, type Told } from '../../io/journal/journal-reader.js'
import { type RunPlace, runPlace } from '../../io/journal/run-directory.js'
import { beginJournal, continueJournal, type FileJournal } from '../../io/journal/journal-writer.js'
import { keysIn } from '../../io/files/key-list.js'
import { fileCandidates, type FileCandidates } from '../../io/spill/delete-candidates.js'
import { PRIVATE_FILE } from '../../io/files/atomic-files.js'
import type { Sorter } from '../../pipeline/run/run-files.js'
import type { FailedBefore, Resumed } from '../../pipeline/run/run-context.js'
import { type BucketPair, samePair } from '../../pipeline/ports/bucket-pair.js'

/** The files of a run that remain after its process. */
export interface JournaledRun {
  readonly place: RunPlace
  readonly journal: FileJournal
  readonly candidates: FileCandidates
  readonly resumed?: Resumed
}

/** Starts a run's journal. @throws {StoreError} if it can't be written */
export function beginRun(runs: string, header: Header, pairs: readonly BucketPair[]): JournaledRun {
  const place = runPlace(runs, header.run)
  return { place, journal: beginJournal(place.journal, header, pairs), candidates: fileCandidates(place.directory) }
}

/** Continues a run from its journal. */
export async function continueRun(place: RunPlace, header: Header, history: Told, sorter: Sorter): Promise<JournaledRun> {
  const { pairs } = history.started
  const files = await failuresByPair(place, history)
  const journal = continueJournal(place.journal, header, pairs)
  const failures = (pair: number): AsyncIterable<readonly FailedBefore[]> => {
    const path = files[pair]
    return path !== undefined && existsSync(path) ? failedIn(path) : none()
  }
  return {
    place,
    journal,
    candidates: fileCandidates(place.directory, sorter),
    resumed: { state: history.state, left: history.left, failures },
  }
}

/** How many failures are gathered before they are written. */
const AT_ONCE = 1_000

/** Writes the keys that failed to a file for each pair: the journal may be compacted while they are read. */
async function failuresByPair({ directory, journal }: RunPlace, history: Told): Promise<readonly string[]> {
  const { pairs } = history.started
  const files = pairs.map((_pair, index) => join(directory, `again-${index}`))
  for (const path of files) rmSync(path, { force: true })
  const waiting = pairs.map((): string[] => [])
  const write = async (index: number): Promise<void> => {
    const keys = waiting[index]?.splice(0) ?? []
    const path = files[index]
    if (path !== undefined && keys.length > 0)
      await appendFile(path, keys.map((key) => `${key}\0`).join(''), { mode: PRIVATE_FILE })
  }
  for await (const { pair, key, versions = 1 } of failuresIn(journal, history)) {
    const index = pairs.findIndex((one) => samePair(one, pair))
    if ((waiting[index]?.push(`${versions}:${key}`) ?? 0) >= AT_ONCE) await write(index)
  }
  for (const index of pairs.keys()) await write(index)
  return files
}

/** Reads a file of {@link failuresByPair}: each key follows the number of its versions. */
async function* failedIn(path: string): AsyncGenerator<readonly FailedBefore[]> {
  for await (const page of keysIn(path, none()))
    yield page.map((text) => ({ key: text.slice(text.indexOf(':') + 1), versions: parseInt(text, 10) }))
}

// eslint-disable-next-line @typescript-eslint/require-await -- same type as the generators that read files
async function* none(): AsyncGenerator<never> {
  yield* []
}
