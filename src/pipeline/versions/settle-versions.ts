import { testEtags } from '../compare/etag-inquiry.js'
import type { ObjectRef } from '../ports/objects.js'
import type { VersionEntry } from '../ports/store-facets.js'
import type { Stores } from '../ports/stores.js'
import { isMd5, isSameHash } from '../proof/compare-etags.js'
import type { EtagTrust } from '../run/etag-trust.js'
import { decideVersions, type VersionsVerdict } from './decide-versions.js'

/** Decides about a history after testing differing ETags. Makes one attempt. Versions from oldest to newest. */
export async function decideVersionsByRequests(
  stores: Stores,
  from: ObjectRef,
  to: ObjectRef,
  here: readonly VersionEntry[],
  there: readonly VersionEntry[],
  trust: EtagTrust,
  signal: AbortSignal,
): Promise<VersionsVerdict> {
  const verdict = decideVersions(here, there, areMd5(trust))
  if (trust.facts.isTested || !areMd5(trust) || verdict.append.length === 0) return verdict
  const doubtful = here.flatMap((one) => {
    const other = there.find((candidate) => isDoubtful(one, candidate))
    return other === undefined ? [] : [[one, other] as const]
  })[0]
  if (doubtful === undefined) return verdict
  const [one, other] = doubtful
  await testEtags(stores, { ...from, versionId: one.versionId }, { ...to, versionId: other.versionId }, trust, signal)
  return decideVersions(here, there, areMd5(trust))
}

/** Whether two versions differ only in their ETags. */
function isDoubtful(one: VersionEntry, other: VersionEntry): boolean {
  const areBytes = !one.isMarker && !other.isMarker && one.size === other.size
  return areBytes && isMd5(one.etag) && isMd5(other.etag) && !isSameHash(one.etag, other.etag)
}

function areMd5({ facts }: EtagTrust): boolean {
  return facts.etags === 'md5'
}
