import type { SyncEvent } from './events.js'

/** Receives the events of a run. */
export type Emit = (event: SyncEvent) => void
