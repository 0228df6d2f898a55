import type { VersionEntry } from '../ports/store-facets.js'
import { compareEtags } from '../proof/compare-etags.js'

/** The decision about an object's versions, oldest first: those at the target, those to append, those that cannot be read. */
export interface VersionsVerdict {
  readonly there: readonly VersionEntry[]
  readonly append: readonly VersionEntry[]
  readonly archived: readonly VersionEntry[]
}

/**
 * Decides about the versions of one object, given those of the target, both oldest first. Pure. The longest end of the target's history
 * that equals a beginning of the source's history is already copied; the rest is appended. So an interrupted copy continues where it
 * stopped, and versions that only the target has remain, older than the appended ones. Nothing is appended from the first version on that
 * must be restored before it can be read: a later version must not be written before an earlier one.
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

/**
 * A version never changes, and its copy is written after it: if ETags are not comparable, an older version at the target is not its copy.
 */
function sameVersion(source: VersionEntry, target: VersionEntry, etagsAreMd5: boolean): boolean {
  if (source.isMarker || target.isMarker) return source.isMarker && target.isMarker
  if (source.size !== target.size) return false
  const etags = compareEtags(source.etag, target.etag, etagsAreMd5 ? 'md5' : 'none')
  return etags === 'not comparable' ? wholeSeconds(source) <= wholeSeconds(target) : etags === 'equal'
}

function wholeSeconds({ lastModified }: VersionEntry): number {
  return Math.floor(lastModified / 1_000)
}
