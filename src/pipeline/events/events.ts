import * as v from 'valibot'
import { DELETE_EVENTS } from './delete-events.js'
import { LEARNED_EVENTS } from './learned-events.js'
import { LISTING_EVENTS } from './listing-events.js'
import { OBJECT_EVENTS } from './object-events.js'
import { RUN_EVENTS } from './run-events.js'
import type { Read } from './values.js'
import { VERIFY_EVENTS } from './verify-events.js'

const EVENTS = [
  ...OBJECT_EVENTS,
  ...LISTING_EVENTS,
  ...DELETE_EVENTS,
  ...VERIFY_EVENTS,
  ...LEARNED_EVENTS,
  ...RUN_EVENTS,
] as const

/** Schema of an event: a closed union by `type`. */
export const EventSchema = v.variant('type', EVENTS)

/** All events of a run. Totals, progress, exit code and reports are computed from these events only. */
export type SyncEvent = Read<(typeof EVENTS)[number]>

/** The event of a type, e.g. `EventOf<'object-copied'>`. */
export type EventOf<Type extends SyncEvent['type']> = Extract<SyncEvent, { readonly type: Type }>

/** The fields that identify the object of an event. */
export type ObjectEvent = Pick<EventOf<'object-copied'>, 'at' | 'pair' | 'key' | 'size'>
export type LearnedEvent = Read<(typeof LEARNED_EVENTS)[number]>
