import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isHeld } from '../files/lock.js'
import { segmentsOf } from './segments.js'

/** Where one run stores what must outlive its process. */
export interface RunPlace {
  readonly run: string
  readonly directory: string
  /** The first segment of its events; the others are in the same directory. */
  readonly journal: string
  /** Held by the process that executes the run. */
  readonly lock: string
}

export function runPlace(runs: string, run: string): RunPlace {
  const directory = join(runs, run)
  return { run, directory, journal: join(directory, 'events.ndjson'), lock: join(directory, 'lock') }
}

/** The saved runs, latest first: ids sort by start time. */
export function keptRuns(runs: string): readonly RunPlace[] {
  if (!existsSync(runs)) return []
  const places = readdirSync(runs).map((run) => runPlace(runs, run))
  return places.filter(({ journal }) => segmentsOf(journal).length > 0).sort((a, b) => (a.run < b.run ? 1 : -1))
}

/** Whether a process executes the run. */
export function isRunning({ lock }: RunPlace): boolean {
  return isHeld(lock)
}

/** Removes a run and everything it saved. */
export function removeRun({ directory }: RunPlace): void {
  rmSync(directory, { recursive: true, force: true })
}
