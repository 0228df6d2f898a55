import type { VersionEntry } from '../ports/store-facets.js'
import { compareEtags } from '../proof/compare-etags.js'

/** The decision about an object's versions, oldest first: those at the target, those to append, those that cannot be read. */
export interface VersionsVerdict {
  readonly there: readonly VersionEntry[]
  readonly append: readonly VersionEntry[]
  readonly archived: readonly VersionEntry[]
}

/**
 * Decides about the versions of one object, given those of the target, both oldest first. Pure. The longest end of the target's history that
 * is a beginning of the source's is there already, and the rest is appended: so a copy that was cut short continues where it stopped, and versions that only the target
 * has stay where they are, older than what is appended. From the first version that must be restored before it can be read nothing is
 * appended: a later one may not come before an earlier one.
 *
 * | source    | target    | there | appended |
 * |-----------|-----------|-------|----------|
 * | 1 2 3     | none      |       | 1 2 3    |
 * | 1 2 3     | 1 2 3     | 1 2 3 |          |
 * | 1 2 3     | 1 2       | 1 2   | 3        |
 * | 1 2 3     | other 1 2 | 1 2   | 3        |
 * | 3 4       | 1 2 3     | 3     | 4        |
 * | 1 2 3     | 1 2 other |       | 1 2 3    |
 * | 1 1 1     | 1 1       | 1 1   | 1        |
 * | 1 2* 3    | 1         | 1     |          | (* archived: 2 and 3 are skipped)
 *
 * Two versions are the same where both are markers, or neither is and `decide` would call the object unchanged.
 */
export function decideVersions(
  source: readonly VersionEntry[],
  target: readonly VersionEntry[],
  etagsAreMd5: boolean,
): VersionsVerdict {
  const begins = (length: number): boolean => {
    const end = target.slice(target.length - length)
    return end.every((version, index) => {
      const here = source[index]
      return here !== undefined && sameVersion(here, version, etagsAreMd5)
    })
  }
  let common = Math.min(source.length, target.length)
  while (common > 0 && !begins(common)) common--
  const rest = source.slice(common)
  const stop = rest.findIndex(({ archived }) => archived)
  const readable = stop < 0 ? rest.length : stop
  return { there: source.slice(0, common), append: rest.slice(0, readable), archived: rest.slice(readable) }
}

/** A version never changes, and is copied after it was written: where ETags tell nothing, an older one at the target is none of it. */
function sameVersion(source: VersionEntry, target: VersionEntry, etagsAreMd5: boolean): boolean {
  if (source.isMarker || target.isMarker) return source.isMarker && target.isMarker
  if (source.size !== target.size) return false
  const etags = compareEtags(source.etag, target.etag, etagsAreMd5 ? 'md5' : 'none')
  return etags === 'not comparable' ? wholeSeconds(source) <= wholeSeconds(target) : etags === 'equal'
}

function wholeSeconds({ lastModified }: VersionEntry): number {
  return Math.floor(lastModified / 1_000)
}
