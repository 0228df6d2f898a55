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
 * Before the first object of a pair is copied only because of its ETag, one such object is checked at source and target. With SSE-KMS or
 * SSE-C, ETags look like MD5s but are not, and listings do not show this. If a bucket encrypts all its objects this way, none of its ETags
 * is an MD5; otherwise some are.
 * If the target object is newer but its ETag differs, both objects are read: some servers use arbitrary ETags. The check is repeated once
 * if these two objects were not encrypted this way and an encrypted one was found later.
 * Makes one attempt. If the access key may not read the objects, nothing is learned.
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

/** What two objects show about the ETags of their pair; empty if nothing new. */
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
  const source = await onSide('source', stores.source.get({ ...from, ifMatch: here.etag, size: here.size, signal }))
  const target = await onSide('target', stores.target.get({ ...to, ifMatch: there.etag, size: there.size, signal })).catch(
    (error: unknown) => {
      discard(source.body)
      throw error
    },
  )
  return sameBytes(source.body, target.body)
}

/**
 * Decides, with retries of the requests to source and target. If the retries are used up, decides with the facts known so far.
 * @param emit called for each failed attempt
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
