import { compareKeys } from '../../../pipeline/ports/key-order.js'
import type { VersionEntry } from '../../../pipeline/ports/store-facets.js'

/**
 * Sorts the entries of a page by key, and those of each key from the newest to the oldest. S3 lists them in this order. moto (5.2,
 * measured) lists all versions first and then all markers, with times in whole seconds. For a page that may have that form, `settle`
 * requests the order of each key whose times do not prove it.
 */
export async function inOrder(
  entries: readonly VersionEntry[],
  settle: (key: string) => Promise<readonly VersionEntry[]>,
): Promise<readonly VersionEntry[]> {
  const first = entries.findIndex(({ isMarker }) => isMarker)
  if (first <= 0 || entries.slice(first).some(({ isMarker }) => !isMarker)) return entries
  const [versions, markers] = [entries.slice(0, first), entries.slice(first)]
  const merged = mergedByKey(versions, markers)
  for (const key of mixedKeys(versions, markers)) {
    const order = (await settle(key)).map(({ versionId }) => versionId)
    const at = merged.findIndex((entry) => entry.key === key)
    const own = merged.filter((entry) => entry.key === key)
    // A version written since the page was listed is not in the page; one that was deleted since gets rank -1 and comes first.
    const rank = ({ versionId }: VersionEntry): number => order.indexOf(versionId)
    merged.splice(at, own.length, ...own.sort((a, b) => rank(a) - rank(b)))
  }
  return merged
}

/** Keys with versions and markers where a marker is not older than all versions: their order in the page is doubtful. */
function mixedKeys(versions: readonly VersionEntry[], markers: readonly VersionEntry[]): readonly string[] {
  const oldest = new Map(versions.map(({ key, lastModified }) => [key, lastModified]))
  const isDoubtful = ({ key, lastModified }: VersionEntry): boolean => lastModified >= (oldest.get(key) ?? Infinity)
  return [...new Set(markers.filter(isDoubtful).map(({ key }) => key))]
}

/** Merges two ascending lists; for the same key, the versions come first. */
function mergedByKey(versions: readonly VersionEntry[], markers: readonly VersionEntry[]): VersionEntry[] {
  const merged: VersionEntry[] = []
  let next = 0
  for (const version of versions) {
    for (let marker = markers[next]; marker !== undefined && compareKeys(marker.key, version.key) < 0; marker = markers[next]) {
      merged.push(marker)
      next++
    }
    merged.push(version)
  }
  return [...merged, ...markers.slice(next)]
}
