import { compareKeys } from '../../../pipeline/ports/key-order.js'
import type { VersionEntry } from '../../../pipeline/ports/store-facets.js'

/**
 * The entries of a page in the order of their keys, each key's from the newest to the oldest. S3 lists them so. moto (5.2, measured) writes all
 * versions first and all markers behind them, with times in whole seconds: where a page may have been written like that, and the times do not
 * prove the order of a key, `settle` asks for that key.
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
    // What was written since the page was made stands nowhere in it; what was removed since keeps its place in front.
    const rank = ({ versionId }: VersionEntry): number => order.indexOf(versionId)
    merged.splice(at, own.length, ...own.sort((a, b) => rank(a) - rank(b)))
  }
  return merged
}

/** Keys that have both, the markers not all older than the versions, as they would have to be where they stand. */
function mixedKeys(versions: readonly VersionEntry[], markers: readonly VersionEntry[]): readonly string[] {
  const oldest = new Map(versions.map(({ key, lastModified }) => [key, lastModified]))
  const isDoubtful = ({ key, lastModified }: VersionEntry): boolean => lastModified >= (oldest.get(key) ?? Infinity)
  return [...new Set(markers.filter(isDoubtful).map(({ key }) => key))]
}

/** Two ascending lists as one; of the same key, the versions first. */
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
