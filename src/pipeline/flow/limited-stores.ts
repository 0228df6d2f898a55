import type { SchedulerLike } from 'rxjs'
import type { Limits } from '../plan/sync-plan.js'
import { StoreError } from '../ports/failure.js'
import type { ObjectStore } from '../ports/object-store.js'
import type { Body, Content } from '../ports/objects.js'
import type { Stores } from '../ports/stores.js'
import { delegate } from '../ports/wrap-store.js'

/** Unused tokens are kept this long, ms: enough for late timers, too short for a noticeable burst. */
const KEPT = 100

/**
 * A rate limit shared by all callers. A caller may take more than is available: later callers then wait. (A token bucket, represented by
 * the time at which it is full again.)
 */
export class TokenBucket {
  private nextAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly perSecond: number,
    private readonly scheduler: SchedulerLike,
  ) {}

  /** Takes `count` tokens in the order of the calls. Resolves when they are available; rejects with `Aborted` if the signal aborts. */
  async take(count: number, signal: AbortSignal): Promise<void> {
    const now = this.scheduler.now()
    const at = Math.max(this.nextAt, now - KEPT)
    this.nextAt = at + (count * 1_000) / this.perSecond
    if (at <= now) return
    await new Promise<void>((resolve, reject) => {
      const calledOff = (): void => {
        turn.unsubscribe()
        reject(
          new StoreError({ kind: 'permanent', operation: 'Wait', code: 'Aborted', reason: 'cancelled', message: 'called off' }),
        )
      }
      const turn = this.scheduler.schedule(() => {
        signal.removeEventListener('abort', calledOff)
        resolve()
      }, at - now)
      signal.addEventListener('abort', calledOff, { once: true })
    })
  }
}

/** Wraps the stores with the limits, which all calls share: calls wait before they send a request, and bodies wait while they are read. */
export function limited(stores: Stores, limits: Limits, scheduler: SchedulerLike): Stores {
  const { requestsPerSecond, bytesPerSecond } = limits
  if (requestsPerSecond === undefined && bytesPerSecond === undefined) return stores
  const requests = requestsPerSecond === undefined ? undefined : new TokenBucket(requestsPerSecond, scheduler)
  const bytes = bytesPerSecond === undefined ? undefined : new TokenBucket(bytesPerSecond, scheduler)
  return { source: limitedStore(stores.source, requests, bytes), target: limitedStore(stores.target, requests, bytes) }
}

function limitedStore(store: ObjectStore, requests: TokenBucket | undefined, bytes: TokenBucket | undefined): ObjectStore {
  const inTurn = delegate(store, (call) => async (request) => {
    await requests?.take(1, request.signal)
    return call(request)
  })
  if (bytes === undefined) return inTurn
  return {
    ...inTurn,
    async get(request) {
      const answer = await inTurn.get(request)
      return { ...answer, body: await slowed(answer.body, bytes, request.signal) }
    },
  }
}

async function slowed(content: Content, bytes: TokenBucket, signal: AbortSignal): Promise<Content> {
  if (!(content instanceof Uint8Array)) return new Slowed(content, bytes, signal)
  await bytes.take(content.length, signal)
  return content
}

class Slowed implements Body {
  constructor(
    private readonly body: Body,
    private readonly bytes: TokenBucket,
    private readonly signal: AbortSignal,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.body) {
      await this.bytes.take(chunk.length, this.signal)
      yield chunk
    }
  }

  destroy(error?: Error): void {
    this.body.destroy(error)
  }
}
