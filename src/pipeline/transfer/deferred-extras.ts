import type { Extras, Tags } from '../ports/object-metadata.js'

/**
 * Longest tags in the header of a write, bytes. Ten tags may have up to 35 KB there, and the headers of a write together only 8 KB (Amazon S3
 * API reference, "PutObject"), of which user metadata may have 2 KB.
 */
const LONGEST_TAGS = 2_048

/** Extras for the write, and those for afterwards. */
export interface SplitExtras {
  readonly now: Extras | undefined
  readonly later: Extras | undefined
}

/**
 * Splits extras into those for the write and those for afterwards: only bytes with a known digest can be locked by their write, and only
 * short tags fit into a header.
 */
export function splitExtras(extras: Extras | undefined, hasDigest: boolean): SplitExtras {
  if (extras === undefined) return { now: extras, later: undefined }
  const { retention, legalHold, tags, ...others } = extras
  const isLockedLater = !hasDigest && (retention !== undefined || legalHold !== undefined)
  const isTaggedLater = tags !== undefined && headerLength(tags) > LONGEST_TAGS
  if (!isLockedLater && !isTaggedLater) return { now: extras, later: undefined }
  const locks: Extras = { ...(retention && { retention }), ...(legalHold && { legalHold }) }
  const tagged: Extras = tags === undefined ? {} : { tags }
  return {
    now: { ...others, ...(isLockedLater ? {} : locks), ...(isTaggedLater ? {} : tagged) },
    later: { ...(isLockedLater ? locks : {}), ...(isTaggedLater ? tagged : {}) },
  }
}

/** Bytes of tags in a header, where they are percent-encoded. */
function headerLength(tags: Tags): number {
  let length = 0
  for (const [key, value] of Object.entries(tags)) length += encodeURIComponent(key).length + encodeURIComponent(value).length + 2
  return length
}
