import type { SyncEvent } from '../events/events.js'
import type { Moment } from './progress.js'
import { type Remaining, RemainingWork } from './remaining-work.js'
import { evolve, initialState, type RunState } from './run-state.js'

/** The state that a journal stores for everything so far. Plain data. */
export interface Snapshot {
  readonly state: RunState
  readonly left: Remaining
}

/** The current state of a run, for the steps that depend on it: deletes, open uploads, snapshots of the journal. */
export class Fold {
  private current: RunState
  private readonly leftovers: RemainingWork

  constructor(begin: Snapshot | undefined) {
    this.current = begin?.state ?? initialState
    this.leftovers = begin === undefined ? new RemainingWork() : RemainingWork.from(begin.left)
  }

  /** Takes an event with the state after it. */
  accept({ event, state }: Pick<Moment, 'event' | 'state'>): void {
    this.current = state
    this.leftovers.take(event)
  }

  /** Takes an event without its state, e.g. one read from a journal. */
  take(event: SyncEvent): void {
    this.accept({ event, state: evolve(this.current, event) })
  }

  get state(): RunState {
    return this.current
  }

  get snapshot(): Snapshot {
    return { state: this.current, left: this.leftovers.left }
  }
}
