import type { SyncEvent } from '../events/events.js'
import type { Etags } from '../events/reasons.js'
import { attempted, type OnRetry } from '../flow/attempt.js'
import { PART_THRESHOLD } from '../plan/part-size.js'
import { metadataOf } from '../ports/absent-facets.js'
import { discard } from '../ports/body.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import type { ObjectHead, ObjectRef, VersionRef } from '../ports/objects.js'
import { StoreError } from '../ports/failure.js'
import { entryOf } from '../ports/object-copy.js'
import { onSide } from '../ports/on-side.js'
import type { Stores } from '../ports/stores.js'
import { sameBytes } from '../proof/same-bytes.js'
import { type EtagTrust, hidesMd5 } from '../run/etag-trust.js'
import { at, type Run } from '../run/run-context.js'
import { clockDifference, orderOf } from './clock-difference.js'

/**
 * Before anything is copied for its ETag alone, both sides are asked about one such object, once a pair: under a key of KMS or of the customer
 * ETags look like MD5s and are none, and listings do not tell. Where a bucket encrypts all of its objects so, none is an MD5; else some are.
 * Where the target is newer and yet its ETag another, both objects are read: some servers invent their ETags. Once more if these two were not
 * encrypted so, and another was met since.
 * One attempt. A login that may not look at the objects proves nothing.
 */
export async function testEtags(
  stores: Stores,
  from: VersionRef,
  to: VersionRef,
  trust: EtagTrust,
  signal: AbortSignal,
): Promise<void> {
  trust.learn({ ...(await etagsShownBy(stores, from, to, trust, signal)), isTested: true })
}

/** What two objects show of the ETags of their pair; nothing where they show nothing new. */
async function etagsShownBy(
  stores: Stores,
  from: VersionRef,
  to: VersionRef,
  trust: EtagTrust,
  signal: AbortSignal,
): Promise<{ readonly etags?: Etags }> {
  try {
    const [here, there] = await Promise.all([
      onSide('source', stores.source.head({ ...from, signal })),
      onSide('target', stores.target.head({ ...to, signal })),
    ])
    const hidden = [here, there].map(({ properties }) => hidesMd5(properties.encryption))
    if (hidden.includes(true) || trust.facts.hasHidden)
      return { etags: (await hidesAll(stores, from, to, signal)) ? 'none' : 'some' }
    return (await areInvented(stores, from, to, [here, there], signal)) ? { etags: 'none' } : {}
  } catch (error) {
    if (!(error instanceof StoreError) || error.failure.kind !== 'permanent') throw error
    return {}
  }
}

async function hidesAll({ source, target }: Stores, from: ObjectRef, to: ObjectRef, signal: AbortSignal): Promise<boolean> {
  const rules = await Promise.all([
    onSide('source', metadataOf(source).bucketRules({ bucket: from.bucket, signal })),
    onSide('target', metadataOf(target).bucketRules({ bucket: to.bucket, signal })),
  ])
  return rules.some(({ encryption }) => hidesMd5(encryption))
}

async function areInvented(
  stores: Stores,
  from: VersionRef,
  to: VersionRef,
  [here, there]: readonly [ObjectHead, ObjectHead],
  signal: AbortSignal,
): Promise<boolean> {
  const order = orderOf(entryOf(from.key, here), entryOf(to.key, there), clockDifference(stores))
  if (order !== 'target-newer' || here.size !== there.size || here.size > PART_THRESHOLD) return false
  const source = await onSide('source', stores.source.get({ ...from, ifMatch: here.etag, signal }))
  const target = await onSide('target', stores.target.get({ ...to, ifMatch: there.etag, signal })).catch((error: unknown) => {
    discard(source.body)
    throw error
  })
  return sameBytes(source.body, target.body)
}

/**
 * Decides with as many attempts as it takes to ask both sides; where they can't be asked after all, with what is known.
 * @param tell hears of each attempt that failed
 */
export async function decideWithRetries<T>(
  run: Run,
  pair: BucketPair,
  key: string,
  { trust, emit }: { readonly trust: EtagTrust; readonly emit: (event: SyncEvent) => void },
  decide: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const onRetry: OnRetry = (failure, attempt, waitMs) =>
    emit({ type: 'attempt-failed', ...at(run), pair, key, attempt, waitMs, failure })
  try {
    return await attempted(run.policy, { call: decide, onRetry })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    trust.learn({ isTested: true })
    return decide(new AbortController().signal)
  }
}
