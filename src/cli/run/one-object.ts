import { fromEvent, map } from 'rxjs'
import { StoreError } from '../../pipeline/ports/failure.js'
import { RateLimiter } from '../../pipeline/flow/rate-limiter.js'
import { listPrefix } from '../../pipeline/ports/relative-key.js'
import { attempted } from '../../pipeline/flow/attempt.js'
import type { BucketPrefix } from '../../pipeline/ports/bucket-pair.js'
import { steadyScheduler } from '../../io/steady-clock.js'
import type { RunOptions } from '../args/request.js'
import type { OpenSide } from './open-endpoints.js'
import { probeBucket } from './preflight.js'
import { endpointError } from './cli-error.js'
import type { ProcessContext } from './process-context.js'

/**
 * Whether the location is one object: its key exists, and no keys are below its prefix. False if listing is denied: the run reports why.
 * @throws {CliError} if the endpoint can't be reached, or the retries are used up
 */
export async function isOneObject(
  place: BucketPrefix,
  { retries, retryDelayMs }: Pick<RunOptions, 'retries' | 'retryDelayMs'>,
  side: OpenSide,
  proc: ProcessContext,
): Promise<boolean> {
  const { bucket, prefix } = place
  const { store, context } = side
  const signal = proc.interrupted
  const policy = {
    retries,
    retryDelayMs,
    scheduler: steadyScheduler,
    random: Math.random,
    rateLimiter: new RateLimiter(steadyScheduler),
  }
  const ended = fromEvent(signal, 'abort').pipe(map(() => undefined))
  /** The shortest key with a prefix sorts first. */
  const firstWith = async (beginning: string): Promise<string | undefined> => {
    const call = (signal: AbortSignal) => store.listPage({ bucket, prefix: beginning, limit: 1, signal })
    const page = await attempted(policy, { call, onRetry: () => undefined }, ended)
    return page.entries[0]?.key
  }
  if ((await probeBucket(side, bucket, signal)) === 'missing') return false
  try {
    return (await firstWith(listPrefix(place))) === undefined && (await firstWith(prefix)) === prefix
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    if (error.failure.kind === 'permanent') return false
    throw endpointError(error.failure, { ...context, bucket })
  }
}
