import type { ClockDifference } from '../events/values.js'
import type { ObjectStore, StoreClock } from '../ports/object-store.js'
import type { ObjectEntry } from '../ports/objects.js'
import type { Stores } from '../ports/stores.js'
import type { Learning } from '../run/learning.js'

/** Which of two objects was written later. `close`: within the precision of the clocks; `unknown`: a time or a clock is not known. */
export type Order = 'source-newer' | 'target-newer' | 'close' | 'unknown'

/** Most servers tell whole seconds, others ms: a time that is a whole second may be up to a second off. ms */
const SECOND = 1_000
/** An endpoint may be several machines, whose clocks are kept together, ms. */
const APART = 20

type HasClock = Pick<ObjectStore, 'clock'>

/** What the two stores' clocks say about each other now; undefined while one of them is not known. */
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

/** The same, for a page of a run: that it is known, or is no longer what it was, is an event. */
export function learnedClocks(run: Learning & { readonly stores: Stores }): ClockDifference | undefined {
  const now = clockDifference(run.stores)
  if (now === undefined) return undefined
  const { aheadMs, withinMs } = run.learned().clocks ?? { aheadMs: 0, withinMs: 0 }
  const isNews = Math.abs(now.aheadMs - aheadMs) > now.withinMs + withinMs
  if (isNews) run.learn({ type: 'clock-difference-learned', at: run.scheduler.now(), ...now })
  return now
}

/** Orders two objects by the times their own stores gave them. */
export function orderOf(source: ObjectEntry, target: ObjectEntry, difference: ClockDifference | undefined): Order {
  if (difference === undefined || source.lastModified === 0 || target.lastModified === 0) return 'unknown'
  const later = target.lastModified - difference.aheadMs - source.lastModified
  const slack = difference.withinMs + precisionOf(source) + precisionOf(target)
  if (Math.abs(later) <= slack) return 'close'
  return later > 0 ? 'target-newer' : 'source-newer'
}

/**
 * Whether the metadata of an object may have been changed since it was copied: its time, as precise as it is known, is not older than that of its copy.
 * Where the clocks may agree they are taken to: certainty would cost a look at each object that was copied within seconds of being written, in
 * every run.
 */
export function mayBeNewer(source: ObjectEntry, target: ObjectEntry, difference: ClockDifference | undefined): boolean {
  if (difference === undefined || source.lastModified === 0 || target.lastModified === 0) return false
  const { aheadMs, withinMs } = difference
  const likelyMs = Math.abs(aheadMs) <= withinMs ? 0 : aheadMs
  // A whole second may stand for any moment of it.
  return source.lastModified + precisionOf(source) > target.lastModified - likelyMs
}

/**
 * Whether no later version of an object can have the same time: a time is a proof of one version only when the clock that gave it has moved on.
 * Ask before the object is read.
 */
export function isTimeSettled(entry: ObjectEntry, clock: StoreClock | undefined): boolean {
  return clock !== undefined && entry.lastModified !== 0 && entry.lastModified + precisionOf(entry) < clock.nowMs - clock.withinMs
}

function precisionOf({ lastModified }: ObjectEntry): number {
  return lastModified % SECOND === 0 ? SECOND : 1
}
