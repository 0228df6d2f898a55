import type { SyncEvent } from './events.js'

/** Hears of what happens. */
export type Told = (event: SyncEvent) => void
