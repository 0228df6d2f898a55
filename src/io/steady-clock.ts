import { asyncScheduler, type SchedulerLike } from 'rxjs'

/**
 * The time in ms since the epoch, as the machine's clock told it when the process began, plus what has passed since. Setting the machine's
 * clock does not change it, so durations, rates and waits stay right.
 */
export function steadyNow(): number {
  return Math.floor(performance.timeOrigin + performance.now())
}

/** The scheduler of a run: timers of the operating system, and {@link steadyNow}. */
export const steadyScheduler: SchedulerLike = {
  now: steadyNow,
  schedule: asyncScheduler.schedule.bind(asyncScheduler),
}
