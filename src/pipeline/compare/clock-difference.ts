import type { ClockDifference } from '../events/values.js'
import type { ObjectStore, StoreClock } from '../ports/object-store.js'
import type { ObjectEntry } from '../ports/objects.js'
import type { Stores } from '../ports/stores.js'
import type { Learning } from '../run/learning.js'

/** Which of two objects is newer. `close`: within the precision of the clocks; `unknown`: a modification time or a clock is unknown. */
export type Order = 'source-newer' | 'target-newer' | 'close' | 'unknown'

/** Most servers report whole seconds, others ms: a time in whole seconds may be up to 1 s too early. ms */
const SECOND = 1_000
/** One endpoint may be several machines with synchronised clocks: their maximum difference, ms. */
const APART = 20

type HasClock = Pick<ObjectStore, 'clock'>

/** Difference between the clocks of source and target now; undefined while one of them is unknown. */
export function clockDifference({
  source,
  target,
}: {
  readonly source: HasClock
  readonly target: HasClock
}): ClockDifference | undefined {
  const [here, there] = [source.clock(), target.clock()]
  if (here !== undefined && here.of === there?.of) return { aheadMs: 0, withinMs: APART }
  return here && there && { aheadMs: there.nowMs - here.nowMs, withinMs: here.withinMs + there.withinMs }
}

/** The same for a page of a run. Emits an event when the difference becomes known or changes. */
export function learnedClocks(run: Learning & { readonly stores: Stores }): ClockDifference | undefined {
  const now = clockDifference(run.stores)
  if (now === undefined) return undefined
  const { aheadMs, withinMs } = run.learned().clocks ?? { aheadMs: 0, withinMs: 0 }
  const isNews = Math.abs(now.aheadMs - aheadMs) > now.withinMs + withinMs
  if (isNews) run.learn({ type: 'clock-difference-learned', at: run.scheduler.now(), ...now })
  return now
}

/** Orders two objects by their modification times. */
export function orderOf(source: ObjectEntry, target: ObjectEntry, difference: ClockDifference | undefined): Order {
  if (difference === undefined || source.lastModified === 0 || target.lastModified === 0) return 'unknown'
  const later = target.lastModified - difference.aheadMs - source.lastModified
  const slack = difference.withinMs + precisionOf(source) + precisionOf(target)
  if (Math.abs(later) <= slack) return 'close'
  return later > 0 ? 'target-newer' : 'source-newer'
}

/**
 * Whether the metadata of the source object may have changed after the copy: its modification time, with its precision, is not older than
 * the copy's. If the clocks may agree, they are assumed to agree: otherwise every run would need a HEAD of each object that was copied
 * within seconds of being written.
 */
export function mayBeNewer(source: ObjectEntry, target: ObjectEntry, difference: ClockDifference | undefined): boolean {
  if (difference === undefined || source.lastModified === 0 || target.lastModified === 0) return false
  const { aheadMs, withinMs } = difference
  const likelyMs = Math.abs(aheadMs) <= withinMs ? 0 : aheadMs
  // A time in whole seconds may mean any moment of that second.
  return source.lastModified + precisionOf(source) > target.lastModified - likelyMs
}

/**
 * Whether no later version of an object can have the same modification time: the time identifies one version only after the store's clock
 * has moved on. Check this before the object is read.
 */
export function isTimeSettled(entry: ObjectEntry, clock: StoreClock | undefined): boolean {
  return clock !== undefined && entry.lastModified !== 0 && entry.lastModified + precisionOf(entry) < clock.nowMs - clock.withinMs
}

function precisionOf({ lastModified }: ObjectEntry): number {
  return lastModified % SECOND === 0 ? SECOND : 1
}
