import type { SyncEvent } from '../events/events.js'
import { type Left, RemainingWork } from './remaining-work.js'
import { evolve, initialState, type RunState } from './run-state.js'

/** All that a journal needs to say of what happened so far. Plain data. */
export interface Snapshot {
  readonly state: RunState
  readonly left: Left
}

/** What the events of a run came to so far, for the steps that depend on it: deletes, uploads that are open, snapshots of the journal. */
export class Fold {
  private current: RunState
  private readonly leftovers: RemainingWork

  constructor(begin: Snapshot | undefined) {
    this.current = begin?.state ?? initialState
    this.leftovers = begin === undefined ? new RemainingWork() : RemainingWork.from(begin.left)
  }

  take(event: SyncEvent): void {
    this.current = evolve(this.current, event)
    this.leftovers.take(event)
  }

  get state(): RunState {
    return this.current
  }

  get snapshot(): Snapshot {
    return { state: this.current, left: this.leftovers.left }
  }

  /** The journal holds no failures any more that don't count. */
  rebase(): void {
    this.leftovers.rebase()
  }
}
