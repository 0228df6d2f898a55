import type { SyncEvent } from './events.js'

/** Hears of what happens. */
export type Emit = (event: SyncEvent) => void
