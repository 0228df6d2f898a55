import type { BucketPair } from '../ports/bucket-pair.js'
import type { Copy } from '../ports/object-copy.js'
import type { ObjectEntry } from '../ports/objects.js'
import { targetKey } from '../ports/relative-key.js'
import type { Verdict } from './decide.js'

/** `isBackedUp`: an earlier process has already backed up the target object that the copy overwrites. */
export interface Look {
  readonly action: 'look'
  readonly isRetaken: boolean
  readonly isBackedUp: boolean
}

/** An object that needs more than the listings: copy it, or compare it first. */
export interface PlanItem {
  readonly type: 'object'
  readonly copy: Copy
  /** The target object that the copy would overwrite. */
  readonly there: ObjectEntry | undefined
  /** `look`: not listed, source and target need a HEAD. `isRetaken`: an earlier process may have left the copy incomplete. */
  readonly verdict: Exclude<Verdict, { readonly action: 'skip' }> | Look
}

/** Plan item for an object of which only the key is known; undefined if the key has no name at the target. */
export function itemForKey(pair: BucketPair, key: string, how: Omit<Look, 'action'>): PlanItem | undefined {
  const to = targetKey(pair, key)
  if (to === undefined) return undefined
  const entry = { key, size: 0, etag: '', lastModified: 0 }
  const copy = { from: { bucket: pair.source.bucket, entry }, to: { bucket: pair.target.bucket, key: to } }
  return { type: 'object', copy, there: undefined, verdict: { action: 'look', ...how } }
}
