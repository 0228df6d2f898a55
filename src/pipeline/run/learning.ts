import type { SchedulerLike } from 'rxjs'
import type { LearnedEvent } from '../events/events.js'
import type { Learned } from '../state/learned.js'

/** How the steps of a run share what they find out about the endpoints: as events, so that the journal and a resume have it. */
export interface Learning {
  readonly scheduler: SchedulerLike
  /** What is known so far, from this process and earlier ones. */
  readonly learned: () => Learned
  /** Emits the event; {@link learned} includes it when this returns. */
  readonly learn: (event: LearnedEvent) => void
}
