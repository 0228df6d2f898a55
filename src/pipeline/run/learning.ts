import type { SchedulerLike } from 'rxjs'
import type { LearnedEvent } from '../events/events.js'
import type { Learned } from '../state/learned.js'

/** Shares facts about the endpoints between the steps of a run: as events, so that the journal and a resume include them. */
export interface Learning {
  readonly scheduler: SchedulerLike
  /** What is known so far, from this process and earlier ones. */
  readonly learned: () => Learned
  /** Emits the event; {@link learned} includes it when this returns. */
  readonly learn: (event: LearnedEvent) => void
}
