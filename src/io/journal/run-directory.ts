import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isHeld } from '../files/lock.js'
import { segmentsOf } from './segments.js'

/** Where one run keeps what must outlive its process. */
export interface RunPlace {
  readonly run: string
  readonly directory: string
  /** The first segment of its events; the others are beside it. */
  readonly journal: string
  /** Held by the process that is at work on it. */
  readonly lock: string
}

export function runPlace(runs: string, run: string): RunPlace {
  const directory = join(runs, run)
  return { run, directory, journal: join(directory, 'events.ndjson'), lock: join(directory, 'lock') }
}

/** The runs that are kept, the latest first: their ids sort as they began. */
export function keptRuns(runs: string): readonly RunPlace[] {
  if (!existsSync(runs)) return []
  const places = readdirSync(runs).map((run) => runPlace(runs, run))
  return places.filter(({ journal }) => segmentsOf(journal).length > 0).sort((a, b) => (a.run < b.run ? 1 : -1))
}

/** Whether a process is at work on it. */
export function isRunning({ lock }: RunPlace): boolean {
  return isHeld(lock)
}

/** Removes a run with all that it kept. */
export function removeRun({ directory }: RunPlace): void {
  rmSync(directory, { recursive: true, force: true })
}
