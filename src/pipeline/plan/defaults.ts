import type { CompareMode, MaxDelete } from './sync-plan.js'

/**
 * The defaults of a run. `retryDelayMs`: ms before the first retry, which then doubles; `timeoutMs`: ms that a request may wait without a byte
 * sent or received.
 */
export const DEFAULTS = {
  workers: 10,
  retries: 5,
  retryDelayMs: 2_000,
  timeoutMs: 60_000,
  compare: 'auto',
  maxDelete: { percent: 25 },
} as const satisfies {
  readonly workers: number
  readonly retries: number
  readonly retryDelayMs: number
  readonly timeoutMs: number
  readonly compare: CompareMode
  readonly maxDelete: MaxDelete
}

/** Maximum number of objects in flight; also the upper limit of `--workers auto`. */
export const MAX_WORKERS = 1024
