import type { CopyReason, Etags, SkipReason } from '../events/reasons.js'
import type { CompareRule } from '../plan/sync-plan.js'
import type { ClockDifference } from '../events/values.js'
import type { ObjectEntry } from '../ports/objects.js'
import { compareEtags, type EtagComparison, isMd5, isTime } from '../proof/compare-etags.js'
import { mayBeNewer, type Order, orderOf } from './clock-difference.js'

/** Facts about a pair that the comparison uses. */
export interface Known {
  readonly etags: Etags
  /** Undefined while a clock is unknown. */
  readonly clocks: ClockDifference | undefined
}

export type Verdict =
  | { readonly action: 'copy'; readonly reason: CopyReason }
  | { readonly action: 'skip'; readonly reason: SkipReason }
  /** The listings are not sufficient: look at both objects. `checksum`: by checksums and hashes only; `metadata`: the bytes are equal. */
  | { readonly action: 'compare'; readonly by: Comparison }

export type Comparison = 'content' | 'checksum' | 'metadata'

const copy = (reason: CopyReason): Verdict => ({ action: 'copy', reason })
const NEW = copy('new')
const ALWAYS = copy('always')
const SIZE = copy('size')
const ETAG = copy('etag')
const TIME = copy('time')
const INCOMPARABLE = copy('incomparable')
const UNCHANGED: Verdict = { action: 'skip', reason: 'unchanged' }
const EXISTS: Verdict = { action: 'skip', reason: 'exists' }
const NEWER: Verdict = { action: 'skip', reason: 'newer' }
const CONTENT: Verdict = { action: 'compare', by: 'content' }
const CHECKSUM: Verdict = { action: 'compare', by: 'checksum' }
const METADATA: Verdict = { action: 'compare', by: 'metadata' }

/**
 * Decides about one source object, given the target's entry of the same name. Pure; the first row that matches applies. *Unchanged* always
 * means a proof: equal hashes; the modification time that a file got from the object; or a copy that is certainly newer than the source (a
 * copy whose ETag is not comparable is checked when it is written: see `checkSourceUnchanged`).
 *
 * | target | rule             | sizes  | ETags          | times             | verdict              |
 * |--------|------------------|--------|----------------|-------------------|----------------------|
 * | none   |                  |        |                |                   | copy, `new`          |
 * | some   | --ignore-existing|        |                |                   | skip, `exists`       |
 * | some   | always           |        |                |                   | copy, `always`       |
 * | some   |                  | differ |                |                   | copy, `size`         |
 * | some   | size             | equal  |                |                   | skip, `unchanged`    |
 * | some   | mtime            | equal  |                | given or target newer | skip, `unchanged` |
 * | some   | mtime            | equal  |                | source newer      | copy, `time`         |
 * | some   | mtime            | equal  |                | close or unknown  | copy, `incomparable` |
 * | some   | etag, checksum   | equal  | equal          |                   | skip, `unchanged`    |
 * | some   | etag, checksum   | equal  | differ         |                   | copy, `etag`         |
 * | some   | etag             | equal  | not comparable |                   | copy, `incomparable` |
 * | some   | checksum         | equal  | not comparable |                   | compare the checksums|
 * | some   | auto             | equal  | equal          | source may be newer | compare the metadata |
 * | some   | auto             | equal  | equal          | otherwise, or of a file | skip, `unchanged` |
 * | some   | auto             | equal  |                | given             | skip, `unchanged`    |
 * | some   | auto             | equal  | differ         |                   | copy, `etag`         |
 * | some   | auto             | equal  | of a file      |                   | compare the content  |
 * | some   | auto             | equal  | may be MD5s    |                   | compare the content  |
 * | some   | auto             | equal  | not listed     | not target newer  | compare the content  |
 * | some   | auto             | equal  | not comparable | target newer      | skip, `unchanged`    |
 * | some   | auto             | equal  | not comparable | source newer      | copy, `time`         |
 * | some   | auto             | equal  | not comparable | close or unknown  | compare the content  |
 *
 * ETags of empty objects count as equal. *Given*: the file's modification time was set to that of the object. *Close*: within the precision
 * of the clocks. With --keep-newer, objects that this table does not skip are skipped as `newer` if the target is certainly newer.
 */
export function decide(source: ObjectEntry, target: ObjectEntry | undefined, rule: CompareRule, known: Known): Verdict {
  if (target === undefined) return NEW
  const verdict = compare(source, target, rule, known)
  const isKept = rule.keepNewer && verdict.action !== 'skip' && orderOf(source, target, known.clocks) === 'target-newer'
  return isKept ? NEWER : verdict
}

function compare(source: ObjectEntry, target: ObjectEntry, rule: CompareRule, known: Known): Verdict {
  if (rule.ignoreExisting) return EXISTS
  if (rule.compare === 'always') return ALWAYS
  if (source.size !== target.size) return SIZE
  switch (rule.compare) {
    case 'size':
      return UNCHANGED
    case 'mtime':
      return byTime(source, target, orderOf(source, target, known.clocks), INCOMPARABLE)
    case 'auto':
      return byAll(source, target, etagsOf(source, target, known), known)
    case 'etag':
      return byEtag(etagsOf(source, target, known), INCOMPARABLE)
    case 'checksum':
      return byEtag(etagsOf(source, target, known), CHECKSUM)
  }
}

function etagsOf(source: ObjectEntry, target: ObjectEntry, { etags }: Known): EtagComparison {
  return source.size === 0 ? 'equal' : compareEtags(source.etag, target.etag, etags)
}

function byEtag(etags: EtagComparison, unclear: Verdict): Verdict {
  if (etags === 'equal') return UNCHANGED
  return etags === 'differ' ? ETAG : unclear
}

function byAll(source: ObjectEntry, target: ObjectEntry, etags: EtagComparison, known: Known): Verdict {
  const isFile = isTime(source.etag) || isTime(target.etag)
  if (etags === 'equal') return !isFile && mayBeNewer(source, target, known.clocks) ? METADATA : UNCHANGED
  if (isTimeGiven(source, target)) return UNCHANGED
  if (etags === 'differ') return ETAG
  const mayBeMd5s = known.etags === 'some' && isMd5(source.etag) && isMd5(target.etag)
  if (isFile || mayBeMd5s) return CONTENT
  const order = orderOf(source, target, known.clocks)
  // A HEAD may tell the ETags that the listing omits (s3s-fs, measured).
  const isListed = source.etag !== '' && target.etag !== ''
  return isListed || order === 'target-newer' ? byTime(source, target, order, CONTENT) : CONTENT
}

function byTime(source: ObjectEntry, target: ObjectEntry, order: Order, unclear: Verdict): Verdict {
  if (order === 'target-newer' || isTimeGiven(source, target)) return UNCHANGED
  return order === 'source-newer' ? TIME : unclear
}

/** Whether one object is a file that got its modification time from the other object, or both are files and one of them did. */
function isTimeGiven(source: ObjectEntry, target: ObjectEntry): boolean {
  const wasGiven = source.timeGiven === true || target.timeGiven === true
  return wasGiven && source.lastModified === target.lastModified
}
