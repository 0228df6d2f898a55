import { catchError, concat, concatMap, defer, EMPTY, from as fromIterable, map, Observable, of, tap } from 'rxjs'
import type { Emit } from '../events/emit.js'
import type { EventOf, SyncEvent } from '../events/events.js'
import { attempt, type OnRetry } from '../flow/attempt.js'
import { readHistory } from '../listing/list-versions.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import type { Written } from '../ports/objects.js'
import type { VersionEntry } from '../ports/store-facets.js'
import { at, type Run } from '../run/run-context.js'
import { tally } from '../state/totals.js'
import type { VersionsItem } from './compare-versions.js'
import { copyVersion, type VersionsRoute } from './copy-version.js'
import type { VersionsVerdict } from './decide-versions.js'
import { decideVersionsByRequests } from './settle-versions.js'

/**
 * Copies the history of one object, version by version: a newer version waits for the older ones, and is not written if one of them failed.
 * Emits one event for each copied version, and one that settles the object. Only a bug errors.
 */
export function copyVersions(run: Run, pair: BucketPair, item: VersionsItem, route: VersionsRoute): Observable<SyncEvent> {
  return new Observable<SyncEvent>((subscriber) => {
    const emit: Emit = (event) => subscriber.next(event)
    const { from, to } = item
    const about = () => ({ ...at(run), pair, key: from.key })
    let verdict = item.found
    let arrivedSoFar = 0
    let attempts = 1
    const left = (): readonly VersionEntry[] => [...(verdict?.append ?? []), ...(verdict?.archived ?? [])].slice(arrivedSoFar)

    const read = defer((): Observable<SyncEvent> => {
      if (verdict !== undefined || item.pending === 0) return EMPTY
      return readBoth(run, pair, item, route, emit, (n) => (attempts = n)).pipe(
        map((found) => {
          verdict = found
          return readAgain(run, pair, item, found)
        }),
      )
    })
    const versions = defer(() =>
      fromIterable(verdict?.append ?? []).pipe(
        concatMap((version, index) => {
          const before = verdict?.there.length ?? 0
          const upTo = [...(verdict?.there ?? []), ...(verdict?.append ?? [])].slice(0, before + index + 1)
          const arrived = async (signal: AbortSignal): Promise<Written | undefined> => {
            const there = await readHistory('target', run.stores.target, to, signal)
            const { append } = await decideVersionsByRequests(run.stores, from, to, upTo, there, route.trust, signal)
            const isThere = append.length === 0
            return isThere ? there.at(-1) : undefined
          }
          return copyVersion(run, pair, route, { from, to, version, arrived }, emit, (n) => (attempts = n)).pipe(
            tap(() => arrivedSoFar++),
          )
        }),
      ),
    )
    const settled = defer(() => of(settledWith(verdict?.archived ?? [])))
    const settledWith = (archived: readonly VersionEntry[]): SyncEvent => ({
      ...{ type: 'history-settled', ...about() },
      skipped: archived.length === 0 ? {} : { archived: tally(archived) },
    })
    const failed = (error: unknown): Observable<SyncEvent> => {
      if (!(error instanceof StoreError)) throw error
      const { failure } = error
      const rest = left()
      if (verdict !== undefined && failure.reason === 'archived') return of(settledWith(rest))
      const many = verdict === undefined ? item.pending : rest.length
      return of({ type: 'object-failed', ...about(), size: rest[0]?.size ?? 0, attempts, failure, versions: many })
    }
    return concat(read, versions, settled).pipe(catchError(failed)).subscribe(subscriber)
  })
}

/** Reads the history of an object at source and target that an earlier process did not settle. */
function readBoth(
  run: Run,
  pair: BucketPair,
  { from, to }: VersionsItem,
  { trust }: VersionsRoute,
  emit: Emit,
  attempts: (n: number) => void,
): Observable<VersionsVerdict> {
  const { stores } = run
  const onRetry: OnRetry = (failure, n, waitMs) =>
    emit({ type: 'attempt-failed', ...at(run), pair, key: from.key, attempt: n, waitMs, failure })
  const call = async (signal: AbortSignal, n: number): Promise<VersionsVerdict> => {
    attempts(n)
    const [here, there] = await Promise.all([
      readHistory('source', stores.source, from, signal),
      readHistory('target', stores.target, to, signal),
    ])
    return decideVersionsByRequests(stores, from, to, here, there, trust, signal)
  }
  return attempt(run.policy, { call, onRetry, permits: [run.permits] })
}

/**
 * Compares the remaining versions with those that remained at the decision. Fewer: the others were copied without an event. More: that many
 * were created since.
 */
function readAgain(
  run: Run,
  pair: BucketPair,
  { from, pending }: VersionsItem,
  verdict: VersionsVerdict,
): EventOf<'history-read'> {
  const left = [...verdict.append, ...verdict.archived]
  const [untold, more] = [Math.max(0, pending - left.length), Math.max(0, left.length - pending)]
  const came = tally(left.slice(left.length - more))
  const { bytes } = tally(verdict.there.slice(-untold || verdict.there.length))
  const skipped = untold === 0 ? {} : { unchanged: { objects: untold, bytes } }
  return { type: 'history-read', ...at(run), pair, key: from.key, listed: came, skipped, versions: left.length }
}
