import { Scope } from '../compare/scope.js'
import { decideWithRetries } from '../compare/etag-inquiry.js'
import type { EventOf, SyncEvent } from '../events/events.js'
import type { Tally } from '../events/values.js'
import type { SkipReason } from '../events/reasons.js'
import { prefetch } from '../flow/prefetch.js'
import type { Range } from '../listing/key-range.js'
import type { PairBackups } from '../listing/known-backups.js'
import type { HistoryPage } from '../listing/list-versions.js'
import { join } from '../listing/merge-join.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import type { ObjectRef } from '../ports/objects.js'
import type { VersionEntry } from '../ports/store-facets.js'
import { tailsOf, targetKey } from '../ports/relative-key.js'
import type { EtagTrust } from '../run/etag-trust.js'
import { at, type Run } from '../run/run-context.js'
import { more, NOTHING, tally } from '../state/totals.js'
import type { VersionsVerdict } from './decide-versions.js'
import { decideVersionsByRequests } from './settle-versions.js'

/** An object with versions that the target does not have. */
export interface VersionsItem {
  readonly type: 'history'
  readonly from: ObjectRef
  readonly to: ObjectRef
  /** The decision from the listings; absent after a resume: source and target need a request. */
  readonly found?: VersionsVerdict
  /** The number of decided versions that are not settled. */
  readonly pending: number
}

/** Result of listing versions. */
export type PlannedVersions = SyncEvent | VersionsItem

/** The histories of source and target, ordered by key. */
export interface VersionListings {
  readonly source: AsyncIterable<HistoryPage>
  readonly target: AsyncIterable<HistoryPage> | 'empty'
  readonly backups: PairBackups
}

/** Joins the histories of source and target and decides: the result of a source page, then its objects that lack versions at the target. */
export async function* compareVersions(
  run: Run,
  range: Range,
  { source: pages, target: listed, backups }: VersionListings,
  trust: EtagTrust,
): AsyncGenerator<readonly (SyncEvent | VersionsItem)[]> {
  const { pair } = range
  const scope = new Scope(run, pair, backups)
  const keys = tailsOf(pair)
  const after = { source: range.startsBehind(pair.source), target: range.startsBehind(pair.target) }
  for await (const { entries, targets, upTo } of join(
    prefetch(pages),
    listed === 'empty' ? EMPTY : prefetch(listed),
    keys,
    after,
  )) {
    const sums = new Sums(run, pair)
    const items: VersionsItem[] = []
    const retried: SyncEvent[] = []
    for (const [index, { key, versions }] of entries.entries()) {
      const to = targetKey(pair, key)
      const newest = versions.at(-1)
      if (newest === undefined || !scope.isSelected(newest) || (await scope.isBackupOfSource(key))) sums.filter(versions)
      else if (to === undefined) sums.skip(versions, 'no-name')
      else {
        const [from, into] = [
          { bucket: pair.source.bucket, key },
          { bucket: pair.target.bucket, key: to },
        ]
        const target = targets[index]?.versions ?? []
        const found = await decideWithRetries(run, pair, key, { trust, emit: (event) => retried.push(event) }, (signal) =>
          decideVersionsByRequests(run.stores, from, into, versions, target, trust, signal),
        )
        sums.skip(found.there, 'unchanged')
        if (found.append.length === 0) sums.skip(found.archived, 'archived')
        else items.push(itemOf(pair, key, to, found))
      }
    }
    range.decided([], upTo)
    const rest = items.flatMap(({ found }) => [...(found?.append ?? []), ...(found?.archived ?? [])])
    yield [
      {
        ...{ type: 'page-decided', ...at(run), shard: range.shard, upTo: entries.at(-1)?.key ?? '' },
        ...{ listed: tally(entries.flatMap(({ versions }) => versions)), skipped: sums.skipped },
        ...(sums.filtered.objects === 0 ? {} : { filtered: sums.filtered }),
        ...{ toCopy: tally(rest), keys: items.map(({ from }) => from.key), versions: items.map(({ pending }) => pending) },
      },
      ...retried,
      ...sums.told,
      ...items,
    ]
  }
}

/** The pages of a target bucket that was just created. */
const EMPTY: AsyncIterable<HistoryPage> = {
  // eslint-disable-next-line @typescript-eslint/no-empty-function -- it has no pages
  async *[Symbol.asyncIterator]() {},
}

function itemOf(pair: BucketPair, key: string, to: string, found: VersionsVerdict): VersionsItem {
  const pending = found.append.length + found.archived.length
  return {
    type: 'history',
    from: { bucket: pair.source.bucket, key },
    to: { bucket: pair.target.bucket, key: to },
    found,
    pending,
  }
}

/**
 * A plan item for an object of which only the key and the number of unsettled versions are known; undefined if it has no name at the
 * target.
 */
export function itemForVersions(pair: BucketPair, key: string, pending: number): VersionsItem | undefined {
  const to = targetKey(pair, key)
  if (to === undefined) return undefined
  return { type: 'history', from: { bucket: pair.source.bucket, key }, to: { bucket: pair.target.bucket, key: to }, pending }
}

/** Sums of a page for versions that need no copy. */
class Sums {
  readonly skipped: Partial<Record<SkipReason, Tally>> = {}
  readonly told: EventOf<'skip-told'>[] = []
  filtered = NOTHING

  constructor(
    private readonly run: Run,
    private readonly pair: BucketPair,
  ) {}

  skip(versions: readonly VersionEntry[], reason: SkipReason): void {
    if (versions.length === 0) return
    this.skipped[reason] = more(this.skipped[reason] ?? NOTHING, tally(versions))
    this.emit(versions, reason)
  }

  filter(versions: readonly VersionEntry[]): void {
    this.filtered = more(this.filtered, tally(versions))
    this.emit(versions, 'filtered')
  }

  private emit(versions: readonly VersionEntry[], reason: EventOf<'skip-told'>['reason']): void {
    const { run, pair } = this
    if (!run.plan.tellSkips && reason !== 'no-name') return
    for (const { key, size } of versions) this.told.push({ type: 'skip-told', ...at(run), pair, key, size, reason })
  }
}
