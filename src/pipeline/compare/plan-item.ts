import type { BucketPair } from '../ports/bucket-pair.js'
import type { Copy } from '../ports/object-copy.js'
import type { ObjectEntry } from '../ports/objects.js'
import { targetKey } from '../ports/relative-key.js'
import type { Verdict } from './decide.js'

/** `isBackedUp`: by an earlier process, before it overwrote the target's. */
export interface Look {
  readonly action: 'look'
  readonly isRetaken: boolean
  readonly isBackedUp: boolean
}

/** One object that the listings do not settle: to be copied, or to be compared first. */
export interface PlanItem {
  readonly type: 'object'
  readonly copy: Copy
  /** What it would overwrite. */
  readonly there: ObjectEntry | undefined
  /** `look`: nothing was listed, both sides are to be asked. `isRetaken`: an earlier process may have left its copy half done. */
  readonly verdict: Exclude<Verdict, { readonly action: 'skip' }> | Look
}

/** An object of which nothing is known but its key; undefined where it has no name at the target. */
export function itemForKey(pair: BucketPair, key: string, how: Omit<Look, 'action'>): PlanItem | undefined {
  const to = targetKey(pair, key)
  if (to === undefined) return undefined
  const entry = { key, size: 0, etag: '', lastModified: 0 }
  const copy = { from: { bucket: pair.source.bucket, entry }, to: { bucket: pair.target.bucket, key: to } }
  return { type: 'object', copy, there: undefined, verdict: { action: 'look', ...how } }
}
