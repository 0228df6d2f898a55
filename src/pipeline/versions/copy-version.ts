import type { Observable } from 'rxjs'
import type { Emit } from '../events/emit.js'
import type { EventOf, ObjectEvent } from '../events/events.js'
import { attempt, type OnRetry } from '../flow/attempt.js'
import { versionsOf } from '../ports/absent-facets.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import type { ObjectRef, Written } from '../ports/objects.js'
import type { VersionEntry } from '../ports/store-facets.js'
import { onSide } from '../ports/on-side.js'
import { at, type Run } from '../run/run-context.js'
import { type Doubt, noteFailure, type Transferred } from '../transfer/copy-proof.js'
import { transfer } from '../transfer/copy-strategy.js'
import { requestsFor } from '../transfer/request-estimate.js'
import type { Route } from '../transfer/route.js'

/**
 * How to copy histories. `hasIds`: the source keeps or kept versions; otherwise an object is read without a version id (moto copies nothing
 * for the id `null`).
 */
export interface VersionsRoute extends Route {
  readonly hasIds: boolean
}

/** One version to copy. */
export interface VersionCopy {
  readonly from: ObjectRef
  readonly to: ObjectRef
  readonly version: VersionEntry
  /**
   * The answer of an earlier write of this version, if the target has it now; checked before a retry, since the answer of the previous
   * attempt may have been lost.
   */
  readonly arrived: (signal: AbortSignal) => Promise<Written | undefined>
}

/**
 * Appends one version to the target's history. Emits one event for each failed attempt and one that settles the version. Errors with the
 * last {@link StoreError}, and its attempts in `attempts`.
 */
export function copyVersion(
  run: Run,
  pair: BucketPair,
  route: VersionsRoute,
  { from, to, version, arrived }: VersionCopy,
  emit: Emit,
  attempts: (n: number) => void,
): Observable<EventOf<'version-copied'> | EventOf<'copy-planned'>> {
  const { plan } = run
  const about = (): ObjectEvent => ({ ...at(run), pair, key: from.key, size: version.size })
  let failed = 0
  const doubt: Doubt = { isDoubted: false, hasFailed: false }
  const onRetry: OnRetry = (failure, _attempt, waitMs) => {
    noteFailure(doubt, failure)
    emit({ type: 'attempt-failed', ...about(), attempt: ++failed, waitMs, failure })
  }
  const write = (signal: AbortSignal): Promise<Written & Partial<Transferred>> => {
    if (version.isMarker)
      return onSide('target', versionsOf(run.stores.target).putMarker({ ...to, signal })).then((put) => ({ etag: '', ...put }))
    const named = route.hasIds || version.versionId !== 'null' || !version.isLatest
    const copy = { from: { bucket: from.bucket, entry: version, ...(named && { versionId: version.versionId }) }, to }
    return transfer(run, pair, route, copy, doubt, { onRetry, emit }, signal).catch(asFinal)
  }
  const call = async (signal: AbortSignal, n: number): Promise<EventOf<'version-copied'> | EventOf<'copy-planned'>> => {
    attempts(n)
    const marker = version.isMarker
    if (plan.dryRun) {
      const requests = marker ? { DeleteObject: 1 } : requestsFor(version, plan)
      return { type: 'copy-planned', ...about(), reason: 'new', requests, ...(marker && { marker }) }
    }
    const done: Written & Partial<Transferred> = (n > 1 ? await arrived(signal) : undefined) ?? (await write(signal))
    const { etag, versionId, proof } = done
    return {
      ...{ type: 'version-copied', ...about(), targetKey: to.key, sourceVersion: version.versionId, etag, marker },
      ...(versionId === undefined ? {} : { targetVersion: versionId }),
      ...(proof === undefined ? {} : { proof }),
      attempts: failed + 1,
    }
  }
  return attempt(run.policy, { call, onRetry, permits: [run.permits] })
}

/** A version never changes: if it differs from the listed one, that version is gone (or replaced, for id `null`), and no attempt helps. */
function asFinal(error: unknown): never {
  const isGone = error instanceof StoreError && error.failure.kind === 'changed' && error.failure.reason === 'replaced'
  throw isGone ? new StoreError({ ...error.failure, kind: 'permanent' }, { cause: error }) : error
}
