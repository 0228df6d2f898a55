import type { Moment } from '../pipeline/state/progress.js'
import type { Summary } from '../pipeline/state/summary.js'

/** Shows a run to people, a program or in a file. Never throws because its reader left. */
export interface Reporter {
  /** Shows one event. */
  event(moment: Moment): void
  /** Shows the summary. Called at most once, after the last event. */
  finish(summary: Summary): void
  /** Stops timers and clears the live line. Safe to call twice, with or without `finish`. */
  dispose(): void
}
