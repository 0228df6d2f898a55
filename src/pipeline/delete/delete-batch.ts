import { concat, defer, EMPTY, from, mergeMap, Observable } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { attempt, FIXED_BY_REPEATING, type OnRetry } from '../flow/attempt.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { type Failure, StoreError, unlessMissing } from '../ports/failure.js'
import type { NotDeleted } from '../ports/object-store.js'
import { onSide } from '../ports/on-side.js'
import { keyOf, tailOf } from '../ports/relative-key.js'
import { at, type Run } from '../run/run-context.js'
import { backUp } from '../transfer/backup.js'
import type { Listener } from '../transfer/route.js'

/** Deletes one batch of target keys. With a backup prefix, only objects with a finished backup are deleted. Failures are events. */
export function deleteBatch(run: Run, pair: BucketPair, keys: readonly string[]): Observable<SyncEvent> {
  const { plan, stores } = run
  const { bucket } = pair.target
  const checked: string[] = []
  const checkedAgain = (key: string) => {
    let found: StillExtra = 'extra'
    return runStep(run, pair, [key], {
      work: async (_keys, _listener, signal) => {
        found = await stillExtra(run, pair, key, signal)
        return []
      },
      done: () => {
        if (found === 'extra') checked.push(key)
        return found === 'wanted' ? { type: 'delete-withdrawn', ...at(run), pair, key } : undefined
      },
    })
  }
  const backedUpKeys: string[] = []
  const backedUp = (key: string) =>
    runStep(run, pair, [key], {
      work: (_keys, listener, signal) => backUp(run, pair, key, listener, signal).then(() => []),
      done: () => {
        backedUpKeys.push(key)
        return undefined
      },
    })
  const deleted = (remaining: readonly string[]) =>
    runStep(run, pair, remaining, {
      work: (some, _listener, signal) => onSide('target', stores.target.deleteObjects({ bucket, keys: some, signal })),
      done: (key) => ({ type: 'object-deleted', ...at(run), pair, key }),
    })
  const forEachKey = (some: readonly string[], work: (key: string) => Observable<SyncEvent>) =>
    from(some).pipe(mergeMap(work, plan.workers))
  const deleteWithBackups = (extras: readonly string[]): Observable<SyncEvent> =>
    plan.backupPrefix === undefined
      ? deleted(extras)
      : concat(
          forEachKey(extras, backedUp),
          defer(() => deleted(backedUpKeys)),
        )
  if (run.resumed === undefined) return deleteWithBackups(keys)
  return concat(
    forEachKey(keys, checkedAgain),
    defer(() => deleteWithBackups(checked)),
  )
}

/** State of a key that an earlier process planned to delete: the source may have it now, or it may be deleted already. */
type StillExtra = 'extra' | 'wanted' | 'gone'

async function stillExtra({ stores }: Run, pair: BucketPair, key: string, signal: AbortSignal): Promise<StillExtra> {
  const { source, target } = stores
  const sourceKey = keyOf(pair.source, tailOf(pair.target, key))
  if (sourceKey !== undefined) {
    const ref = { bucket: pair.source.bucket, key: sourceKey, signal }
    const isThere = await onSide('source', source.head(ref)).then(() => true, unlessMissing)
    if (isThere || (source.files !== undefined && (await onSide('source', source.files.hides(ref))))) return 'wanted'
  }
  const isStillThere = await onSide('target', target.head({ bucket: pair.target.bucket, key, signal })).then(
    () => true,
    unlessMissing,
  )
  return isStillThere ? 'extra' : 'gone'
}

/** One attempt of an operation on target objects. */
interface Step {
  /** Returns the keys that failed; rejects if the whole request failed. */
  readonly work: (keys: readonly string[], listener: Listener, signal: AbortSignal) => Promise<readonly NotDeleted[]>
  readonly done: (key: string) => SyncEvent | undefined
}

/** Runs a step for all keys. Failures that a retry can fix are retried; other failures are reported at once. */
function runStep(run: Run, pair: BucketPair, keys: readonly string[], { work, done }: Step): Observable<SyncEvent> {
  if (keys.length === 0) return EMPTY
  return new Observable<SyncEvent>((subscriber) => {
    const { policy, permits } = run
    let remaining = keys
    const failed = (key: string, failure: Failure): void => {
      subscriber.next({ type: 'delete-failed', ...at(run), pair, key, failure: { ...failure, side: 'target' } })
    }
    const onRetry: OnRetry = (failure, n, waitMs) => {
      subscriber.next({ type: 'attempt-failed', ...at(run), pair, attempt: n, waitMs, failure })
    }
    const listener: Listener = { onRetry, emit: (event) => subscriber.next(event) }
    const call = async (signal: AbortSignal): Promise<void> => {
      const refused = new Map((await work(remaining, listener, signal)).map(({ key, failure }) => [key, failure]))
      const again: string[] = []
      for (const key of remaining) {
        const failure = refused.get(key)
        const event = failure === undefined ? done(key) : undefined
        if (event !== undefined) subscriber.next(event)
        if (failure !== undefined && FIXED_BY_REPEATING.has(failure.kind)) again.push(key)
        else if (failure !== undefined) failed(key, failure)
      }
      remaining = again
      const first = again[0] === undefined ? undefined : refused.get(again[0])
      if (first !== undefined) throw new StoreError(first)
    }
    return attempt(policy, { call, onRetry, permits: [permits] }).subscribe({
      complete: () => subscriber.complete(),
      error: (error: unknown) => {
        if (!(error instanceof StoreError)) {
          subscriber.error(error)
          return
        }
        for (const key of remaining) failed(key, error.failure)
        subscriber.complete()
      },
    })
  })
}
