import { type OperatorFunction, scan } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { evolve, initialState, type RunState } from './run-state.js'
import { settled } from './totals.js'
import { compared } from './verification-totals.js'

/** A line of progress is due every so many settled objects. */
const STEP = 100

/** An event, what the run has come to with it, and whether another hundred objects are settled. */
export interface Moment {
  readonly event: SyncEvent
  readonly state: RunState
  readonly progress: boolean
}

/** The one fold of a run: each event with the state it leads to, from the state that an earlier process reached. */
export function progress(begin: RunState = initialState): OperatorFunction<SyncEvent, Moment> {
  const advance = ({ state: was, steps }: Reached, event: SyncEvent): Moment & Reached => {
    const state = evolve(was, event)
    const now = hundreds(state)
    return { event, state, steps: now, progress: now > steps }
  }
  return (events) => events.pipe(scan<SyncEvent, Moment & Reached, Reached>(advance, { state: begin, steps: hundreds(begin) }))
}

function hundreds({ pairs }: RunState): number {
  return Math.floor(pairs.reduce((sum, { totals, verified }) => sum + settled(totals) + compared(verified), 0) / STEP)
}

/** `steps` are whole hundreds. */
interface Reached {
  readonly state: RunState
  readonly steps: number
}
