import { statSync } from 'node:fs'
import { DamagedJournal, readJournal, type Told } from '../../io/journal/journal-reader.js'
import { segmentsOf } from '../../io/journal/segments.js'
import { isRunning, keptRuns, type RunPlace } from '../../io/journal/run-directory.js'
import { hasRemaining } from '../../pipeline/state/remaining-work.js'
import { summarize, type Summary } from '../../pipeline/state/summary.js'
import { nearest } from '../args/did-you-mean.js'
import { badInput, Refusal } from '../run/cli-error.js'

/** What is known of an earlier run. */
export interface RunRecord {
  readonly place: RunPlace
  readonly told: Told
  readonly summary: Summary
  /** `running`: a process is at work on it. `killed`: its process ended unexpectedly. */
  readonly status: Summary['status'] | 'running' | 'killed'
  /** Whether anything is left that a resume would do. */
  readonly isUnfinished: boolean
}

/** Reads a run. `isMine`: whoever asks has its lock. @throws {DamagedJournal} */
export async function recordOf(place: RunPlace, isMine = false): Promise<RunRecord> {
  const told = await readJournal(place.journal)
  const { state, left } = told
  const summary = {
    ...summarize(state, statSync(segmentsOf(place.journal).at(-1)?.path ?? place.journal).mtimeMs),
    journal: place.journal,
  }
  const status = !isMine && isRunning(place) ? 'running' : state.finishedAt === undefined ? 'killed' : summary.status
  const isDone = state.pairs.every((pair) => pair.status === 'completed') && !left.pairs.some(hasRemaining)
  const isOver = status === 'refused' || (isDone && (status === 'completed' || status === 'different'))
  return { place, told, summary, status, isUnfinished: status !== 'running' && !isOver && told.header !== undefined }
}

/** The run of that id, or the only one whose id begins like this. @throws {Refusal} */
export function findRun(runs: string, typed: string): RunPlace {
  const all = keptRuns(runs)
  const found = all.filter(({ run }) => run === typed || run.startsWith(typed))
  const exact = found.find(({ run }) => run === typed) ?? (found.length === 1 ? found[0] : undefined)
  if (exact !== undefined) return exact
  if (found.length > 1) throw badInput(`${typed} matches ${found.length} runs.`, 's3-sync runs shows them.')
  const near = nearest(
    typed,
    all.map(({ run }) => run),
  )
  throw badInput(`There is no run ${typed}.`, near === undefined ? 's3-sync runs shows them.' : `Did you mean ${near}?`)
}

/** That a journal has events which this version does not know. */
export function unknownInWords(events: Told['unknownEvents']): string {
  const named = [...events].map(([type, count]) => `${type} (${count})`)
  return `A later version of s3-sync wrote events that this one does not know; they were skipped: ${named.join(', ')}.`
}

/** What a journal that can't be read means for a command. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof DamagedJournal)) return error
  return new Refusal(
    3,
    'DamagedJournal',
    `The run's journal can't be read: ${error.message}`,
    'Start a new run: objects that are already at the target are not copied again.',
  )
}
