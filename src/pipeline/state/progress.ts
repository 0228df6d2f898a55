import { type OperatorFunction, scan } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { evolve, initialState, type RunState } from './run-state.js'
import { settled } from './totals.js'
import { compared } from './verification-totals.js'

/** Progress is printed each time this many objects are settled. */
const STEP = 100

/** An event, the state after it, and whether another hundred objects are settled. */
export interface Moment {
  readonly event: SyncEvent
  readonly state: RunState
  readonly progress: boolean
}

/** The only fold of a run: each event with the state after it, starting from the state of an earlier process. */
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

/** `steps`: whole hundreds. */
interface Reached {
  readonly state: RunState
  readonly steps: number
}
