import type { CopyReason, SkipReason } from './events.js'
import type { ObjectEntry } from './ports.js'

/** What counts as unchanged (`--compare`). */
export type CompareMode = 'auto' | 'size' | 'etag' | 'mtime' | 'checksum' | 'always'

/** The question that `decide` answers the same way for every object of a pair. */
export interface CompareRule {
  readonly compare: CompareMode
  /** What exists at the target stays as it is (`--ignore-existing`). */
  readonly ignoreExisting: boolean
  /** What is newer at the target stays as it is, though it differs (`--keep-newer`). */
  readonly keepNewer: boolean
}

export type Verdict =
  | { readonly action: 'copy'; readonly reason: CopyReason }
  | { readonly action: 'skip'; readonly reason: SkipReason }
  /** The listings cannot tell: ask both sides for their checksums, copy when they differ or there are none. */
  | { readonly action: 'compare-checksums' }

const copy = (reason: CopyReason): Verdict => ({ action: 'copy', reason })
const NEW = copy('new')
const ALWAYS = copy('always')
const SIZE = copy('size')
const ETAG = copy('etag')
const TIME = copy('time')
const UNCHANGED: Verdict = { action: 'skip', reason: 'unchanged' }
const EXISTS: Verdict = { action: 'skip', reason: 'exists' }
const NEWER: Verdict = { action: 'skip', reason: 'newer' }
const ASK: Verdict = { action: 'compare-checksums' }

/**
 * Decides about one object of the source, given what the target has under its name. Pure; the first row that fits counts.
 *
 * | target | rule             | sizes  | ETags          | times        | verdict                |
 * |--------|------------------|--------|----------------|--------------|------------------------|
 * | none   |                  |        |                |              | copy, `new`            |
 * | some   | --ignore-existing|        |                |              | skip, `exists`         |
 * | some   | always           |        |                |              | copy, `always`         |
 * | some   |                  | differ |                |              | copy, `size`           |
 * | some   | size             | equal  |                |              | skip, `unchanged`      |
 * | some   | mtime            | equal  |                | source newer | copy, `time`           |
 * | some   | mtime            | equal  |                | otherwise    | skip, `unchanged`      |
 * | some   | auto, etag, checksum | equal | equal       |              | skip, `unchanged`      |
 * | some   | auto, etag, checksum | equal | differ      |              | copy, `etag`           |
 * | some   | checksum         | equal  | not comparable, or times |    | compare the checksums  |
 * | some   | etag             | equal  | not comparable |              | skip, `unchanged`      |
 * | some   | auto             | equal  | not comparable | source newer | copy, `time`           |
 * | some   | auto             | equal  | not comparable | otherwise    | skip, `unchanged`      |
 *
 * With --keep-newer, what would not be skipped by this table is skipped as `newer` where the target's time is the later one.
 *
 * `etagsAreMd5` tells whether plain ETags of this pair are MD5s on both sides, as far as is known (design.md, decision 11).
 */
export function decide(source: ObjectEntry, target: ObjectEntry | undefined, rule: CompareRule, etagsAreMd5: boolean): Verdict {
  if (target === undefined) return NEW
  const verdict = compare(source, target, rule, etagsAreMd5)
  const isKept = rule.keepNewer && verdict.action !== 'skip' && target.lastModified > source.lastModified
  return isKept ? NEWER : verdict
}

function compare(source: ObjectEntry, target: ObjectEntry, rule: CompareRule, etagsAreMd5: boolean): Verdict {
  if (rule.ignoreExisting) return EXISTS
  if (rule.compare === 'always') return ALWAYS
  if (source.size !== target.size) return SIZE
  if (rule.compare === 'size') return UNCHANGED
  if (rule.compare === 'mtime') return byTime(source, target)
  const etags = compareEtags(source.etag, target.etag, etagsAreMd5)
  if (etags === 'equal') return rule.compare === 'checksum' && isTime(source.etag) ? ASK : UNCHANGED
  if (etags === 'differ') return ETAG
  if (rule.compare === 'checksum') return ASK
  return rule.compare === 'etag' ? UNCHANGED : byTime(source, target)
}

/** Most servers tell whole seconds: a file that was written and copied within one is not newer than its copy. ms */
const SECOND = 1_000

function byTime({ lastModified: here }: ObjectEntry, { lastModified: there }: ObjectEntry): Verdict {
  const isWhole = there % SECOND === 0
  return (isWhole ? here - (here % SECOND) : here) > there ? TIME : UNCHANGED
}

/** What a directory has for an ETag: equal for any two files of one size that were given one time, and so no proof of their bytes. */
export function isTime(etag: string): boolean {
  return etag.startsWith('mtime:')
}

const MD5 = /^[0-9a-f]{32}$/i

/** Whether an ETag has the form of the MD5 of the bytes; that of a multipart object (`…-N`) has not. */
export function isMd5(etag: string): boolean {
  return MD5.test(etag)
}

/**
 * Compares two ETags without quotes. Equal ones prove equal content whatever they are, except weak or empty ones. Unequal ones prove
 * a difference only when both are MD5s of the bytes: `…-N` depends on part sizes, which a listing does not tell.
 */
export function compareEtags(a: string, b: string, etagsAreMd5: boolean): 'equal' | 'differ' | 'not comparable' {
  if (a === '' || b === '') return 'not comparable'
  if (a === b) return 'equal'
  return etagsAreMd5 && isMd5(a) && isMd5(b) ? 'differ' : 'not comparable'
}
