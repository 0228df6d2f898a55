import type { SyncEvent } from '../events/events.js'
import type { PairListings } from '../listing/pair-listings.js'
import { failedUnlisted, type KeyFailure, Overlooked, tellUnlisted } from '../listing/unlisted.js'
import { type BucketPair, wholePair } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import type { ObjectEntry } from '../ports/objects.js'
import { tailOf, targetKey } from '../ports/relative-key.js'
import { at, type Run } from '../run/run-context.js'
import { more, tally } from '../state/totals.js'
import { itemForName } from './compare-named.js'
import type { PlanItem } from './plan-item.js'
import { Scope } from './scope.js'

/** A directory that an earlier process could not read. */
export interface UnreadDirectory {
  readonly type: 'unread-directory'
  /** Key at the source, ends with `/`. */
  readonly key: string
}

/** Whether a failed key is a directory. Between two buckets `x/` is an ordinary object. */
export function isUnread({ stores: { source, target } }: Run, key: string): boolean {
  return key.endsWith('/') && !(source.traits.holdsFolders && target.traits.holdsFolders)
}

/**
 * Lists the current content of such a directory, whose objects are then checked one by one. Then reports the directory itself: listed, or
 * failed again.
 */
export async function* relisted(
  run: Run,
  pair: BucketPair,
  key: string,
  listings: PairListings,
): AsyncGenerator<readonly (SyncEvent | PlanItem)[]> {
  const { source, target } = run.stores
  const tails = { source: (of: string) => tailOf(pair.source, of), target: (of: string) => tailOf(pair.target, of) }
  const own: KeyFailure[] = []
  const scope = new Scope(run, pair, listings.backups)
  try {
    const there = target.traits.holdsFolders ? undefined : targetKey(pair, key)
    if (there !== undefined) {
      for await (const page of listings.below('target', there)) {
        const { failures } = tellUnlisted(run, pair, new Overlooked(tails).add('target', page))
        own.push(...failures.filter((one) => one.key === key))
        break
      }
    }
    for await (const page of source.traits.holdsFolders ? [] : listings.below('source', key)) {
      const { failures, notices } = tellUnlisted(run, pair, new Overlooked(tails).add('source', page))
      own.push(...failures.filter((one) => one.key === key))
      const below = failures.filter((one) => one.key !== key)
      const meant: ObjectEntry[] = []
      for (const entry of page.entries) {
        if (scope.isSelected(entry) && !(await scope.isBackupOfSource(entry.key))) meant.push(entry)
      }
      const filtered = tally(page.entries.filter((entry) => !meant.includes(entry)))
      yield [
        {
          ...{ type: 'page-decided', ...at(run), shard: wholePair(pair), upTo: '', skipped: {}, toCopy: tally(meant) },
          listed: more(tally(page.entries), { objects: below.length, bytes: 0 }),
          ...(filtered.objects === 0 ? {} : { filtered }),
          keys: [...meant, ...below].map((one) => one.key),
        },
        ...notices,
        ...below.map((failure) => failedUnlisted(run, pair, failure)),
        ...meant.map((entry) => itemForName(run, pair, entry.key, { isRetaken: false, isBackedUp: false })),
      ]
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    own.push({ key, failure: error.failure })
  }
  const [failure] = own
  yield [
    failure === undefined
      ? { type: 'object-skipped', ...at(run), pair, key, size: 0, reason: 'folder' }
      : failedUnlisted(run, pair, failure),
  ]
}
