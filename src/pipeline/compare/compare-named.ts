import type { SyncEvent } from '../events/events.js'
import type { Range } from '../listing/key-range.js'
import type { PairBackups } from '../listing/known-backups.js'
import type { MetadataCopier } from '../metadata/metadata-copier.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { StoreError, unlessMissing } from '../ports/failure.js'
import { type Copy, entryOf, sourceOf, withHead } from '../ports/object-copy.js'
import type { ObjectEntry } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import { isAt } from '../ports/relative-key.js'
import { type EtagTrust, hidesMd5 } from '../run/etag-trust.js'
import { at, type Run } from '../run/run-context.js'
import { clockDifference } from './clock-difference.js'
import { decide, type Known, type Verdict } from './decide.js'
import { itemForKey, type Look, type PlanItem } from './plan-item.js'
import { isBackup } from './scope.js'

/** Compares each named key with HEAD requests, without a listing. A key outside the pair is reported as failed. */
export async function* compareNamed(
  run: Run,
  range: Range,
  keys: AsyncIterable<readonly string[]>,
): AsyncGenerator<readonly (SyncEvent | PlanItem)[]> {
  const { pair, shard } = range
  for await (const page of keys) {
    const items = page.map((key) => itemForName(run, pair, key, { isRetaken: false, isBackedUp: false }))
    const listed = { objects: page.length, bytes: 0 }
    // A key outside the pair has no position among the keys of the pair.
    const upTo = page.findLast((key) => isAt(pair.source, key)) ?? ''
    yield [{ type: 'page-decided', ...at(run), shard, upTo, listed, skipped: {}, toCopy: listed, keys: page }, ...items]
  }
}

/**
 * Sends a HEAD to source and target and decides as for listed objects. An object that is copied again is unchanged only if its metadata is
 * complete, too.
 * @throws {StoreError} `NoSuchKey` if the source does not have the object
 */
export async function decideByRequests(
  run: Run,
  planned: Copy,
  isRetaken: boolean,
  {
    trust,
    metadataCopier,
    backups,
  }: { readonly trust: EtagTrust; readonly metadataCopier: MetadataCopier; readonly backups: PairBackups },
  signal: AbortSignal,
): Promise<{ copy: Copy; there: ObjectEntry | undefined; verdict: Verdict }> {
  const { stores, plan } = run
  const from = sourceOf(planned)
  const here = await onSide('source', stores.source.head({ ...from, signal }))
  const copy = withHead(planned, here)
  const there = await onSide('target', stores.target.head({ ...planned.to, signal })).catch(unlessMissing)
  const target = there && entryOf(planned.to.key, there)
  const isHidden = [here, there].some((head) => hidesMd5(head?.properties.encryption))
  const known: Known = { etags: isHidden ? 'none' : trust.facts.etags, clocks: clockDifference(stores) }
  const verdict = decide(copy.from.entry, target, plan, known)
  if (verdict.action !== 'skip' && target !== undefined) {
    const { key } = planned.to
    if (isBackup(run, key) || (await backups.target.prefixOf(key)) !== undefined) throw overBackup(key)
  }
  const isUnchanged = (verdict.action === 'skip' && verdict.reason === 'unchanged') || verdict.action === 'compare'
  const isHalfDone =
    isRetaken && isUnchanged && there !== undefined && (await metadataCopier.isUnfinished(from, here, there, signal))
  return { copy, there: target, verdict: isHalfDone ? { action: 'copy', reason: 'properties' } : verdict }
}

function overBackup(key: string): StoreError {
  const message = `"${key}" at the target is a backup`
  return new StoreError({ kind: 'permanent', operation: 'Copy', code: 'TargetIsBackup', message, side: 'target' })
}

/** Plan item for a named key; an event if the key has no name at the target or is outside the pair. */
export function itemForName(run: Run, pair: BucketPair, key: string, how: Omit<Look, 'action'>): SyncEvent | PlanItem {
  if (!isAt(pair.source, key)) return stranger(run, pair, key)
  return itemForKey(pair, key, how) ?? { type: 'object-skipped', ...at(run), pair, key, size: 0, reason: 'no-name' }
}

function stranger(run: Run, pair: BucketPair, key: string): SyncEvent {
  const { prefix, only } = pair.source
  const message = only ? `"${key}" is not "${prefix}"` : `"${key}" is not below ${prefix}/`
  const failure = { kind: 'permanent', operation: 'Listing', code: 'OutsidePrefix', message, side: 'source' } as const
  return { type: 'object-failed', ...at(run), pair, key, size: 0, attempts: 1, failure }
}
