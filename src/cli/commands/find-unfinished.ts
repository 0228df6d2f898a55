import { beginningOf, DamagedJournal } from '../../io/journal/journal-reader.js'
import { keptRuns, type RunPlace } from '../../io/journal/run-directory.js'
import { type BucketPair, samePair } from '../../pipeline/ports/bucket-pair.js'
import { recordOf, type RunRecord } from './run-records.js'

/** What a run is about: where its sides are (as `OpenStore.endpoint` has it), and its pairs. */
export interface Aim {
  readonly endpoints: { readonly source: string; readonly target: string }
  readonly pairs: readonly BucketPair[]
}

/**
 * The latest run of the very same pairs, if it can be resumed: a later run that was completed has done what earlier ones left. Of
 * other runs only the beginning is read.
 */
export async function unfinishedRun(runs: string, aim: Aim): Promise<RunRecord | undefined> {
  for (const place of keptRuns(runs)) {
    try {
      if (!(await isOf(place, aim))) continue
      const record = await recordOf(place)
      return record.isUnfinished ? record : undefined
    } catch (error) {
      // `runs list` tells what is wrong with it.
      if (!(error instanceof DamagedJournal)) throw error
    }
  }
  return undefined
}

async function isOf({ journal }: RunPlace, { endpoints, pairs }: Aim): Promise<boolean> {
  const { header, started } = await beginningOf(journal)
  if (header?.endpoints.source !== endpoints.source || header.endpoints.target !== endpoints.target) return false
  return started.pairs.length === pairs.length && started.pairs.every((pair) => pairs.some((one) => samePair(one, pair)))
}
