import { statSync } from 'node:fs'
import { DamagedJournal, readJournal, type Told } from '../../io/journal/journal-reader.js'
import { segmentsOf } from '../../io/journal/segments.js'
import { isRunning, keptRuns, type RunPlace } from '../../io/journal/run-directory.js'
import { hasRemaining } from '../../pipeline/state/remaining-work.js'
import { summarize, type Summary } from '../../pipeline/state/summary.js'
import { nearestWord } from '../args/did-you-mean.js'
import { badInput, CliError } from '../run/cli-error.js'
import { PROGRAM } from '../../io/program-name.js'

/** An earlier run, read from its journal. */
export interface RunRecord {
  readonly place: RunPlace
  readonly journal: Told
  readonly summary: Summary
  /** `running`: a process is at work on it. `killed`: its process ended unexpectedly. */
  readonly status: Summary['status'] | 'running' | 'killed'
  /** Whether a resume has anything to do. */
  readonly isUnfinished: boolean
}

/** Reads a run. `isMine`: the caller holds its lock. @throws {DamagedJournal} */
export async function readRunRecord(place: RunPlace, isMine = false): Promise<RunRecord> {
  const journal = await readJournal(place.journal)
  const { state, left } = journal
  const summary = {
    ...summarize(state, statSync(segmentsOf(place.journal).at(-1)?.path ?? place.journal).mtimeMs),
    journal: place.journal,
  }
  const status = !isMine && isRunning(place) ? 'running' : state.finishedAt === undefined ? 'killed' : summary.status
  const isDone = state.pairs.every((pair) => pair.status === 'completed') && !left.pairs.some(hasRemaining)
  const isOver = status === 'refused' || (isDone && (status === 'completed' || status === 'different'))
  const isMyKind = journal.header !== undefined && !journal.isLater
  return { place, journal, summary, status, isUnfinished: isMyKind && status !== 'running' && !isOver }
}

/** The run with that id, or the only one whose id begins with it. @throws {CliError} */
export function findRun(runs: string, typed: string): RunPlace {
  const all = keptRuns(runs)
  const found = all.filter(({ run }) => run === typed || run.startsWith(typed))
  const exact = found.find(({ run }) => run === typed) ?? (found.length === 1 ? found[0] : undefined)
  if (exact !== undefined) return exact
  if (found.length > 1) throw badInput(`${typed} matches ${found.length} runs.`, `${PROGRAM} runs shows them.`)
  const near = nearestWord(
    typed,
    all.map(({ run }) => run),
  )
  throw badInput(`There is no run ${typed}.`, near === undefined ? `${PROGRAM} runs shows them.` : `Did you mean ${near}?`)
}

/** The notice about what a later version wrote and this one does not know; undefined if there is nothing. */
export function laterVersionText({ isLater, header, unknownEvents }: Told): string | undefined {
  const named = [...unknownEvents].map(([type, count]) => `${type} (${count})`).join(', ')
  if (isLater)
    return `A later version of s3-sync (${header?.version ?? ''}) made this run: the figures may be incomplete${named === '' ? '' : `; skipped events: ${named}`}.`
  return named === ''
    ? undefined
    : `A later version of s3-sync wrote events that this one does not know; they were skipped: ${named}.`
}

/** Turns a damaged journal into a {@link CliError}. */
export function asCliError(error: unknown): unknown {
  if (!(error instanceof DamagedJournal)) return error
  return new CliError(
    3,
    'DamagedJournal',
    `The run's journal can't be read: ${error.message}`,
    'Start a new run: objects that are already at the target are not copied again.',
  )
}
