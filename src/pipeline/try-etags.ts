import { isMd5 } from './decide.js'
import { decideHistory, type HistoryVerdict } from './decide-history.js'
import { StoreError } from './errors.js'
import type { ObjectRef, VersionEntry, VersionRef } from './ports.js'
import { type EtagTrust, hidesMd5, type Stores } from './transfer.js'

/**
 * Before anything is copied for its ETag alone, both sides are asked for one such object, once a pair: under a key of KMS or of the customer
 * ETags look like MD5s and are none, and listings do not tell. Who can't be asked proves nothing.
 */
export async function tryEtags(stores: Stores, from: VersionRef, to: VersionRef, trust: EtagTrust): Promise<void> {
  const { signal } = new AbortController()
  const heads = await Promise.all([stores.source.head({ ...from, signal }), stores.target.head({ ...to, signal })]).catch(
    (error: unknown) => {
      if (error instanceof StoreError) return []
      throw error
    },
  )
  trust.isTried = true
  trust.areMd5 &&= !heads.some(({ properties }) => hidesMd5(properties.encryption))
}

/** What is to be done about a history, where ETags that differ were tried. Versions from the oldest. */
export async function decidedHistory(
  stores: Stores,
  from: ObjectRef,
  to: ObjectRef,
  here: readonly VersionEntry[],
  there: readonly VersionEntry[],
  trust: EtagTrust,
): Promise<HistoryVerdict> {
  const verdict = decideHistory(here, there, trust.areMd5)
  if (trust.isTried === true || !trust.areMd5 || verdict.append.length === 0) return verdict
  const doubtful = here.flatMap((one) => {
    const other = there.find((candidate) => isDoubtful(one, candidate))
    return other === undefined ? [] : [[one, other] as const]
  })[0]
  if (doubtful === undefined) return verdict
  const [one, other] = doubtful
  await tryEtags(stores, { ...from, versionId: one.versionId }, { ...to, versionId: other.versionId }, trust)
  return decideHistory(here, there, trust.areMd5)
}

/** Two versions that only their ETags tell apart. */
function isDoubtful(one: VersionEntry, other: VersionEntry): boolean {
  const areBytes = !one.isMarker && !other.isMarker && one.size === other.size
  return areBytes && isMd5(one.etag) && isMd5(other.etag) && one.etag !== other.etag
}
