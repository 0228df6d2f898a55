import { steadyNow } from '../io/steady-clock.js'

/** Clock and timer of the live line. */
export interface Ticker {
  /** ms since the epoch */
  now(): number
  /** Calls `tick` every `ms` until the returned function is called. Does not keep the process alive. */
  every(ms: number, tick: () => void): () => void
}

export const systemTicker: Ticker = {
  now: steadyNow,
  every(ms, tick) {
    const timer = setInterval(tick, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
}
