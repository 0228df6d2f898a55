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

/** What of a run outlives its process. */
export interface KeptRun {
  readonly place: RunPlace
  readonly journal: FileJournal
  readonly candidates: FileCandidates
  readonly resumed?: Resumed
}

/** Begins to keep a run. @throws {StoreError} when its journal can't be written */
export function beginRun(runs: string, header: Header, pairs: readonly BucketPair[]): KeptRun {
  const place = runPlace(runs, header.run)
  return { place, journal: beginJournal(place.journal, header, pairs), candidates: fileCandidates(place.directory) }
}

/** Continues a run from its journal. */
export async function continueRun(place: RunPlace, header: Header, told: Told, sorter: Sorter): Promise<KeptRun> {
  const { pairs } = told.started
  const files = await failuresByPair(place, told)
  const journal = continueJournal(place.journal, header, pairs)
  const failures = (pair: number): AsyncIterable<readonly FailedBefore[]> => {
    const path = files[pair]
    return path !== undefined && existsSync(path) ? failedIn(path) : none()
  }
  return {
    place,
    journal,
    candidates: fileCandidates(place.directory, sorter),
    resumed: { state: told.state, left: told.left, failures },
  }
}

/** Failures that are gathered before they are written. */
const AT_ONCE = 1_000

/** The keys that failed, in a file for each pair: the journal itself may be folded while they are read. */
async function failuresByPair({ directory, journal }: RunPlace, told: Told): Promise<readonly string[]> {
  const { pairs } = told.started
  const files = pairs.map((_pair, index) => join(directory, `again-${index}`))
  for (const path of files) rmSync(path, { force: true })
  const waiting = pairs.map((): string[] => [])
  const write = async (index: number): Promise<void> => {
    const keys = waiting[index]?.splice(0) ?? []
    const path = files[index]
    if (path !== undefined && keys.length > 0)
      await appendFile(path, keys.map((key) => `${key}\0`).join(''), { mode: PRIVATE_FILE })
  }
  for await (const { pair, key, versions = 1 } of failuresIn(journal, told)) {
    const index = pairs.findIndex((one) => samePair(one, pair))
    if ((waiting[index]?.push(`${versions}:${key}`) ?? 0) >= AT_ONCE) await write(index)
  }
  for (const index of pairs.keys()) await write(index)
  return files
}

/** What {@link failuresByPair} wrote: before each key, how many versions of it. */
async function* failedIn(path: string): AsyncGenerator<readonly FailedBefore[]> {
  for await (const page of keysIn(path, none()))
    yield page.map((text) => ({ key: text.slice(text.indexOf(':') + 1), versions: parseInt(text, 10) }))
}

// eslint-disable-next-line @typescript-eslint/require-await -- of the shape of those that read files
async function* none(): AsyncGenerator<never> {
  yield* []
}
