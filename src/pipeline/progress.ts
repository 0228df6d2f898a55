import { type OperatorFunction, scan } from 'rxjs'
import type { SyncEvent } from './events.js'
import { evolve, initialState, type RunState, settled } from './state.js'

/** A line of progress is due every so many settled objects. */
const STEP = 100

/** An event, what the run has come to with it, and whether another hundred objects are settled. */
export interface Moment {
  readonly event: SyncEvent
  readonly state: RunState
  readonly progress: boolean
}

/** Folds the events as they come. The one place where a run's state is kept. */
export function progress(): OperatorFunction<SyncEvent, Moment> {
  const advance = ({ state: was, steps }: Reached, event: SyncEvent): Moment & Reached => {
    const state = evolve(was, event)
    const now = Math.floor(state.pairs.reduce((sum, { totals }) => sum + settled(totals), 0) / STEP)
    return { event, state, steps: now, progress: now > steps }
  }
  return (events) => events.pipe(scan<SyncEvent, Moment & Reached, Reached>(advance, { state: initialState, steps: 0 }))
}

/** `steps` are whole hundreds. */
interface Reached {
  readonly state: RunState
  readonly steps: number
}
