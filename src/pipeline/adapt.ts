import { type MonoTypeOperatorFunction, tap } from 'rxjs'
import type { SyncEvent } from './events.js'
import type { Permits } from './permits.js'
import { at, type World } from './run.js'

/** Workers that an adapting run begins with. */
export const FIRST_WORKERS = 10
/** How long a number of workers is tried, ms. */
const PERIOD = 2_000
const GROWTH = 1.5
/** More workers are kept when they settle at least so much more. */
const PAYS = 1.1
/** So many bytes count as much as one object: about what a connection moves while another asks and waits. */
const BYTES_PER_OBJECT = 2 ** 20

/**
 * `--workers auto`: every two seconds tries half as many workers again, up to `most`, for as long as that settles at least a tenth more; else
 * goes back to the number before. A throttling server halves them. Watches the events and needs no timer.
 */
export function adapting(world: World, permits: Permits, most: number): MonoTypeOperatorFunction<SyncEvent> {
  let workers = FIRST_WORKERS
  let best = 0
  let [since, settled, throttled] = [at(world).at, 0, false]
  const resize = (count: number): void => {
    workers = Math.max(1, Math.min(most, Math.round(count)))
    permits.resize(workers)
  }
  const judge = (rate: number): void => {
    if (throttled) resize(workers / 2)
    else if (rate > best * PAYS) resize(workers * GROWTH)
    else if (rate < best / PAYS) resize(workers / GROWTH)
    best = Math.max(rate, throttled ? 0 : best / PAYS)
  }
  return tap((event) => {
    if (event.type === 'object-copied') settled += 1 + event.size / BYTES_PER_OBJECT
    throttled ||= event.type === 'attempt-failed' && event.failure.kind === 'throttled'
    const elapsed = at(world).at - since
    if (elapsed < PERIOD) return
    judge((settled / elapsed) * 1_000)
    ;[since, settled, throttled] = [at(world).at, 0, false]
  })
}
