import { beginningOf, DamagedJournal } from '../../io/journal/journal-reader.js'
import { keptRuns, type RunPlace } from '../../io/journal/run-directory.js'
import { type BucketPair, samePair } from '../../pipeline/ports/bucket-pair.js'
import { readRunRecord, type RunRecord } from './run-records.js'

/** What identifies a run's task: its endpoints (as in `OpenStore.endpoint`) and its pairs. */
export interface RunIdentity {
  readonly endpoints: { readonly source: string; readonly target: string }
  readonly pairs: readonly BucketPair[]
}

/**
 * The latest run of exactly these pairs, if it can be resumed. Earlier ones don't matter: a later run has done what they left. Of other runs,
 * only the beginning of the journal is read.
 */
export async function findUnfinishedRun(runs: string, identity: RunIdentity): Promise<RunRecord | undefined> {
  for (const place of keptRuns(runs)) {
    try {
      if (!(await isOf(place, identity))) continue
      const record = await readRunRecord(place)
      return record.isUnfinished ? record : undefined
    } catch (error) {
      // `runs list` reports it.
      if (!(error instanceof DamagedJournal)) throw error
    }
  }
  return undefined
}

async function isOf({ journal }: RunPlace, { endpoints, pairs }: RunIdentity): Promise<boolean> {
  const { header, started } = await beginningOf(journal)
  if (header?.endpoints.source !== endpoints.source || header.endpoints.target !== endpoints.target) return false
  return started.pairs.length === pairs.length && started.pairs.every((pair) => pairs.some((one) => samePair(one, pair)))
}
