import { Observable } from 'rxjs'
import type { ObjectEvent, SyncEvent } from '../events/events.js'
import type { Difference } from '../events/reasons.js'
import { attempt, type OnRetry } from '../flow/attempt.js'
import type { BucketPair, Side } from '../ports/bucket-pair.js'
import { StoreError, unlessMissing } from '../ports/failure.js'
import type { ObjectEntry } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import type { Stores } from '../ports/stores.js'
import { lookedAt, prove, type SeenObject } from '../proof/prove.js'
import { sameAttributes } from '../proof/same-attributes.js'
import type { EtagTrust } from '../run/etag-trust.js'
import { at, type Run } from '../run/run-context.js'

/** An object on both sides that the listings alone cannot prove equal or different. */
export interface ToProve {
  readonly type: 'to-prove'
  readonly source: ObjectEntry
  readonly target: ObjectEntry
  /** The metadata may also differ. */
  readonly metadata?: true
}

/**
 * Proves that one object is equal or different at source and target. Emits one event for each failed attempt and one for the final result.
 * An object that changed during an attempt is read again. Only a bug errors.
 */
export function verifyObject(run: Run, pair: BucketPair, item: ToProve, trust: EtagTrust): Observable<SyncEvent> {
  return new Observable<SyncEvent>((subscriber) => {
    const { stores, policy, permits, streams, newHasher, newChecksum } = run
    const { deep } = run.plan.verifies ?? { deep: false }
    const { key } = item.source
    let sides: readonly [source: ObjectEntry, target: ObjectEntry] = [item.source, item.target]
    let failed = 0
    let changed = false
    const about = (): ObjectEvent => ({ ...at(run), pair, key, size: sides[0].size })
    const onRetry: OnRetry = (failure, _attempt, waitMs) => {
      changed = failure.kind === 'changed'
      subscriber.next({ type: 'attempt-failed', ...about(), attempt: ++failed, waitMs, failure })
    }
    const different = (difference: Difference): SyncEvent => ({ type: 'object-different', ...about(), difference })
    const call = async (signal: AbortSignal): Promise<SyncEvent> => {
      if (changed) {
        const [source, target] = await Promise.all([
          readAgain(run, 'source', { bucket: pair.source.bucket, entry: sides[0] }, signal),
          readAgain(run, 'target', { bucket: pair.target.bucket, entry: sides[1] }, signal),
        ])
        if (source === undefined) return different('extra')
        if (target === undefined) return different('missing')
        sides = [source, target]
      }
      const [from, to] = sides
      const [here, there] = [
        { bucket: pair.source.bucket, entry: from },
        { bucket: pair.target.bucket, entry: to },
      ]
      const proven = await prove(stores, here, there, { deep, trust, newHasher, newChecksum }, signal)
      if (proven.equal && item.metadata === true && !(await haveSameMetadata(stores, here, there, signal)))
        return different('metadata')
      return proven.equal ? { type: 'object-proven', ...about(), proof: proven.proof } : different(proven.by)
    }
    return attempt(policy, { call, onRetry, permits: [streams, permits] }).subscribe({
      next: (event) => subscriber.next(event),
      complete: () => subscriber.complete(),
      error: (error: unknown) => {
        if (error instanceof StoreError) {
          subscriber.next({ type: 'verification-failed', ...about(), attempts: failed + 1, failure: error.failure })
          subscriber.complete()
        } else subscriber.error(error)
      },
    })
  })
}

async function haveSameMetadata(stores: Stores, from: SeenObject, to: SeenObject, signal: AbortSignal): Promise<boolean> {
  const [here, there] = await Promise.all([
    lookedAt({ ...from, name: 'source', store: stores.source }, signal),
    lookedAt({ ...to, name: 'target', store: stores.target }, signal),
  ])
  return sameAttributes(here.head, there.head)
}

/** Returns the current state of the object; undefined if it no longer exists. */
async function readAgain(
  { stores }: Run,
  side: Side,
  { bucket, entry: { key } }: SeenObject,
  signal: AbortSignal,
): Promise<ObjectEntry | undefined> {
  const head = await onSide(side, stores[side].head({ bucket, key, signal })).catch(unlessMissing)
  return head && { key, size: head.size, etag: head.etag, lastModified: head.lastModified }
}
