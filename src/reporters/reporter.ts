import type { Moment } from '../pipeline/state/progress.js'
import type { Summary } from '../pipeline/state/summary.js'

/** Shows a run to someone: a person, a log file, a program. Never throws because the one who reads went away. */
export interface Renderer {
  /** Something happened. */
  event(moment: Moment): void
  /** The run is over. Called once at most, after the last event. */
  finish(summary: Summary): void
  /** Gives back what it holds (timers, the live line). Safe to call twice, with or without `finish`. */
  dispose(): void
}
