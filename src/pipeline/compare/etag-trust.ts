import { clockDifference, orderOf } from './clock-difference.js'
import { isMd5 } from './decide.js'
import { decideHistory, type HistoryVerdict } from '../versions/decide-versions.js'
import { StoreError } from '../ports/failure.js'
import type { SyncEvent } from '../events/events.js'
import { PART_THRESHOLD } from '../plan/part-size.js'
import type { ObjectEntry, ObjectHead, ObjectRef, VersionEntry, VersionRef } from '../ports/object-store.js'
import { discard } from '../ports/body.js'
import { ask, type Report } from '../flow/attempt.js'
import { at, type Run } from '../run/run-context.js'
import { sameBytes } from '../proof/same-bytes.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { sided } from '../ports/on-side.js'
import { entryOf, type EtagTrust, hidesMd5, type Stores } from '../transfer/single-put.js'

/**
 * Before anything is copied for its ETag alone, both sides are asked about one such object, once a pair: under a key of KMS or of the customer
 * ETags look like MD5s and are none, and listings do not tell. Where a bucket encrypts all of its objects so, none is an MD5; else some are.
 * Where the target is newer and yet its ETag another, both objects are read: some servers invent their ETags. Once more if these two were not
 * encrypted so, and another was met since.
 * One attempt. A login that may not look at the objects proves nothing.
 */
export async function tryEtags(
  stores: Stores,
  from: VersionRef,
  to: VersionRef,
  trust: EtagTrust,
  signal: AbortSignal,
): Promise<void> {
  try {
    const [here, there] = await Promise.all([
      sided('source', stores.source.head({ ...from, signal })),
      sided('target', stores.target.head({ ...to, signal })),
    ])
    const hidden = [here, there].map(({ properties }) => hidesMd5(properties.encryption))
    if (hidden.includes(true) || trust.hasHidden === true)
      trust.etags = (await hidesAll(stores, from, to, signal)) ? 'none' : 'some'
    else if (await areInvented(stores, from, to, [here, there], signal)) trust.etags = 'none'
  } catch (error) {
    if (!(error instanceof StoreError) || error.failure.kind !== 'permanent') throw error
  }
  trust.isTried = true
}

async function hidesAll({ source, target }: Stores, from: ObjectRef, to: ObjectRef, signal: AbortSignal): Promise<boolean> {
  const rules = await Promise.all([
    sided('source', source.bucketRules({ bucket: from.bucket, signal })),
    sided('target', target.bucketRules({ bucket: to.bucket, signal })),
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
  const source = await sided('source', stores.source.get({ ...from, ifMatch: here.etag, signal }))
  const target = await sided('target', stores.target.get({ ...to, ifMatch: there.etag, signal })).catch((error: unknown) => {
    discard(source.body)
    throw error
  })
  return sameBytes(source.body, target.body)
}

/**
 * Decides with as many attempts as it takes to ask both sides; where they can't be asked after all, with what is known.
 * @param tell hears of each attempt that failed
 */
export async function triedOften<T>(
  run: Run,
  pair: BucketPair,
  { key, size }: Pick<ObjectEntry, 'key' | 'size'>,
  { trust, tell }: { readonly trust: EtagTrust; readonly tell: (event: SyncEvent) => void },
  decide: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const report: Report = (failure, attempt, waitMs) =>
    tell({ type: 'attempt-failed', ...at(run), pair, key, size, attempt, waitMs, failure })
  try {
    return await ask(decide, run.how, report)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    trust.isTried = true
    return decide(new AbortController().signal)
  }
}

/** What is to be done about a history, where ETags that differ were tried. One attempt. Versions from the oldest. */
export async function decidedHistory(
  stores: Stores,
  from: ObjectRef,
  to: ObjectRef,
  here: readonly VersionEntry[],
  there: readonly VersionEntry[],
  trust: EtagTrust,
  signal: AbortSignal,
): Promise<HistoryVerdict> {
  const verdict = decideHistory(here, there, areMd5(trust))
  if (trust.isTried === true || !areMd5(trust) || verdict.append.length === 0) return verdict
  const doubtful = here.flatMap((one) => {
    const other = there.find((candidate) => isDoubtful(one, candidate))
    return other === undefined ? [] : [[one, other] as const]
  })[0]
  if (doubtful === undefined) return verdict
  const [one, other] = doubtful
  await tryEtags(stores, { ...from, versionId: one.versionId }, { ...to, versionId: other.versionId }, trust, signal)
  return decideHistory(here, there, areMd5(trust))
}

/** Two versions that only their ETags tell apart. */
function isDoubtful(one: VersionEntry, other: VersionEntry): boolean {
  const areBytes = !one.isMarker && !other.isMarker && one.size === other.size
  return areBytes && isMd5(one.etag) && isMd5(other.etag) && one.etag !== other.etag
}

function areMd5({ etags }: EtagTrust): boolean {
  return etags === 'md5'
}
