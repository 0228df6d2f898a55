import { describe, expect, it } from '@jest/globals'
import { decide, type Known } from '../../../src/pipeline/compare/decide.js'
import { compareEtags } from '../../../src/pipeline/proof/compare-etags.js'
import { type CompareMode } from '../../../src/pipeline/plan/sync-plan.js'
import type { Etags } from '../../../src/pipeline/events/reasons.js'
import type { ObjectEntry } from '../../../src/pipeline/ports/objects.js'

const A = 'a'.repeat(32)
const B = 'b'.repeat(32)
/** The ETag of a file: it does not depend on the bytes. */
const FILE = 'mtime:1:1'
/** A time with milliseconds, from s. */
const at = (seconds: number): number => seconds * 1_000 + 1

const entry = (etag: string, seconds: number, size = 1): ObjectEntry => ({ key: 'k', size, etag, lastModified: at(seconds) })
const given = (seconds: number): ObjectEntry => ({ ...entry(FILE, seconds), timeGiven: true })
const rule = (compare: CompareMode, ignoreExisting = false, keepNewer = false) => ({ compare, ignoreExisting, keepNewer })
const keeping = (compare: CompareMode) => rule(compare, false, true)

const known = (etags: Etags = 'md5', aheadMs = 0, withinMs = 0): Known => ({ etags, clocks: { aheadMs, withinMs } })
const MD5 = known()
const SOME = known('some')
const NONE = known('none')
const NO_CLOCKS: Known = { etags: 'md5', clocks: undefined }

type Row = [when: string, ReturnType<typeof rule>, ObjectEntry, ObjectEntry | undefined, Known, verdict: string]

/** The table in decide.ts row by row: the rule, source, target, facts about the pair, verdict. */
const table: Row[] = [
  ['nothing at the target', rule('auto'), entry(A, 1), undefined, MD5, 'copy new'],
  ['nothing at the target, --ignore-existing', rule('auto', true), entry(A, 1), undefined, MD5, 'copy new'],
  ['nothing at the target, --keep-newer', keeping('auto'), entry(A, 1), undefined, MD5, 'copy new'],
  ['something there, --ignore-existing', rule('always', true), entry(A, 1), entry(B, 0, 2), MD5, 'skip exists'],
  ['always', rule('always'), entry(A, 1), entry(A, 1), MD5, 'copy always'],
  ['sizes differ', rule('auto'), entry(A, 1), entry(A, 9, 2), MD5, 'copy size'],
  ['sizes differ, etag', rule('etag'), entry(A, 1), entry(A, 9, 2), MD5, 'copy size'],
  ['sizes equal, size', rule('size'), entry(A, 9), entry(B, 1), MD5, 'skip unchanged'],

  ['mtime: target newer', rule('mtime'), entry(A, 1), entry(B, 2), MD5, 'skip unchanged'],
  ['mtime: source newer', rule('mtime'), entry(A, 2), entry(A, 1), MD5, 'copy time'],
  ['mtime: the same time', rule('mtime'), entry(A, 1), entry(B, 1), MD5, 'copy incomparable'],
  ['mtime: the time that the file was given', rule('mtime'), entry(A, 1), given(1), MD5, 'skip unchanged'],
  ['mtime: the time of the object that the file came from', rule('mtime'), given(1), entry(A, 1), MD5, 'skip unchanged'],
  ['mtime: no clocks', rule('mtime'), entry(A, 2), entry(A, 1), NO_CLOCKS, 'copy incomparable'],

  ['etag: equal', rule('etag'), entry(A, 9), entry(A, 1), MD5, 'skip unchanged'],
  ['etag: MD5s differ', rule('etag'), entry(A, 1), entry(B, 9), MD5, 'copy etag'],
  ['etag: parts against a whole', rule('etag'), entry(`${A}-2`, 1), entry(A, 9), MD5, 'copy incomparable'],
  ['etag: other parts', rule('etag'), entry(`${A}-2`, 1), entry(`${B}-2`, 9), MD5, 'copy incomparable'],
  [
    'etag: the same words, which are no hashes',
    rule('etag'),
    entry('5f3-12ab', 1),
    entry('5f3-12ab', 9),
    MD5,
    'copy incomparable',
  ],
  ['etag: no MD5s', rule('etag'), entry(A, 1), entry(B, 9), NONE, 'copy incomparable'],
  ['etag: a file', rule('etag'), entry(FILE, 1), entry(A, 9), MD5, 'copy incomparable'],
  ['etag: files of one time', rule('etag'), entry(FILE, 1), given(1), MD5, 'copy incomparable'],

  ['checksum: ETags equal', rule('checksum'), entry(A, 9), entry(A, 1), MD5, 'skip unchanged'],
  ['checksum: MD5s differ', rule('checksum'), entry(A, 1), entry(B, 9), MD5, 'copy etag'],
  ['checksum: parts against a whole', rule('checksum'), entry(`${A}-2`, 1), entry(A, 9), MD5, 'compare checksum'],
  ['checksum: a file that has the time of the object', rule('checksum'), entry(A, 1), given(1), MD5, 'compare checksum'],
  ['checksum: files', rule('checksum'), entry(FILE, 1), given(1), MD5, 'compare checksum'],
  ['checksum: no MD5s', rule('checksum'), entry(A, 1), entry(B, 9), NONE, 'compare checksum'],

  ['auto: ETags equal, target newer', rule('auto'), entry(A, 1), entry(A, 9), MD5, 'skip unchanged'],
  ['auto: ETags of equal parts, target newer', rule('auto'), entry(`${A}-2`, 1), entry(`${A}-2`, 9), MD5, 'skip unchanged'],
  ['auto: ETags equal, source newer', rule('auto'), entry(A, 9), entry(A, 1), MD5, 'compare metadata'],
  ['auto: ETags equal, the same time', rule('auto'), entry(A, 1), entry(A, 1), MD5, 'compare metadata'],
  [
    'auto: ETags equal, source newer by less than the clocks tell',
    rule('auto'),
    entry(A, 2),
    entry(A, 1),
    known('md5', 900, 2_000),
    'compare metadata',
  ],
  [
    'auto: ETags equal, target newer by less than the clocks tell',
    rule('auto'),
    entry(A, 1),
    entry(A, 2),
    known('md5', 900, 2_000),
    'skip unchanged',
  ],
  [
    'auto: ETags equal, target newer, and its clock even more ahead',
    rule('auto'),
    entry(A, 1),
    entry(A, 2),
    known('md5', 5_000, 2_000),
    'compare metadata',
  ],
  [
    'auto: ETags equal, target newer within the whole second that the source tells',
    rule('auto'),
    { ...entry(A, 0), lastModified: 1_000 },
    { ...entry(A, 0), lastModified: 1_999 },
    MD5,
    'compare metadata',
  ],
  [
    'auto: ETags equal, target of the next second',
    rule('auto'),
    { ...entry(A, 0), lastModified: 1_000 },
    { ...entry(A, 0), lastModified: 2_000 },
    MD5,
    'skip unchanged',
  ],
  ['auto: ETags equal, no clocks', rule('auto'), entry(A, 9), entry(A, 1), NO_CLOCKS, 'skip unchanged'],
  ['auto: empty objects', rule('auto'), entry('x', 1, 0), entry('y', 9, 0), MD5, 'skip unchanged'],
  ['auto: an empty file', rule('auto'), entry(FILE, 9, 0), entry('y', 1, 0), MD5, 'skip unchanged'],
  ['auto: MD5s differ, target newer', rule('auto'), entry(A, 1), entry(B, 9), MD5, 'copy etag'],
  ['auto: MD5s differ, the same time', rule('auto'), entry(A, 1), entry(B, 1), MD5, 'copy etag'],

  ['auto: download, the time of the object', rule('auto'), entry(A, 1), given(1), MD5, 'skip unchanged'],
  ['auto: download, an opaque ETag and the time of the object', rule('auto'), entry('x', 1), given(1), MD5, 'skip unchanged'],
  ['auto: download, a time that nobody set', rule('auto'), entry(A, 1), entry(FILE, 1), MD5, 'compare content'],
  ['auto: download, the file is newer', rule('auto'), entry(A, 1), entry(FILE, 9), MD5, 'compare content'],
  ['auto: download, another time was set', rule('auto'), entry(A, 1), given(2), MD5, 'compare content'],
  ['auto: download, no times', rule('auto'), { ...entry(A, 0), lastModified: 0 }, given(2), MD5, 'compare content'],
  ['auto: upload, of a file that came from such an object', rule('auto'), given(1), entry(A, 1), MD5, 'skip unchanged'],
  ['auto: upload, the file is older', rule('auto'), entry(FILE, 1), entry(A, 9), MD5, 'compare content'],
  ['auto: upload, the file is newer', rule('auto'), entry(FILE, 9), entry(A, 1), MD5, 'compare content'],
  ['auto: upload, in parts', rule('auto'), entry(FILE, 1), entry(`${A}-2`, 9), MD5, 'compare content'],
  ['auto: files, the copy got the time', rule('auto'), entry(FILE, 1), given(1), MD5, 'skip unchanged'],
  ['auto: files, another time', rule('auto'), entry(FILE, 1), given(2), MD5, 'compare content'],

  ['auto: parts against a whole, target newer', rule('auto'), entry(`${A}-2`, 1), entry(A, 9), MD5, 'skip unchanged'],
  ['auto: parts against a whole, source newer', rule('auto'), entry(`${A}-2`, 9), entry(A, 1), MD5, 'copy time'],
  ['auto: parts against a whole, the same time', rule('auto'), entry(`${A}-2`, 1), entry(A, 1), MD5, 'compare content'],
  ['auto: other parts, target newer', rule('auto'), entry(`${A}-2`, 1), entry(`${B}-3`, 9), MD5, 'skip unchanged'],
  ['auto: opaque, no clocks', rule('auto'), entry('x', 1), entry('y', 9), NO_CLOCKS, 'compare content'],
  ['auto: no ETag at the target, source newer', rule('auto'), entry(A, 9), entry('', 1), MD5, 'compare content'],
  ['auto: no ETag at the source, source newer', rule('auto'), entry('', 9), entry(A, 1), MD5, 'compare content'],
  ['auto: no ETag at the target, target newer', rule('auto'), entry(A, 1), entry('', 9), MD5, 'skip unchanged'],
  ['auto: no MD5s, target newer', rule('auto'), entry(A, 1), entry(B, 9), NONE, 'skip unchanged'],
  ['auto: no MD5s, source newer', rule('auto'), entry(A, 9), entry(B, 1), NONE, 'copy time'],
  ['auto: some are MD5s, target newer', rule('auto'), entry(A, 1), entry(B, 9), SOME, 'compare content'],
  ['auto: some are MD5s, parts', rule('auto'), entry(`${A}-2`, 1), entry(B, 9), SOME, 'skip unchanged'],

  ['--keep-newer: MD5s differ, target newer', keeping('auto'), entry(A, 1), entry(B, 9), MD5, 'skip newer'],
  ['--keep-newer: MD5s differ, source newer', keeping('auto'), entry(A, 9), entry(B, 1), MD5, 'copy etag'],
  ['--keep-newer: MD5s differ, the same time', keeping('auto'), entry(A, 1), entry(B, 1), MD5, 'copy etag'],
  ['--keep-newer: MD5s differ, no clocks', keeping('auto'), entry(A, 1), entry(B, 9), NO_CLOCKS, 'copy etag'],
  ['--keep-newer: sizes differ, target newer', keeping('size'), entry(A, 1), entry(B, 9, 2), MD5, 'skip newer'],
  ['--keep-newer: always, target newer', keeping('always'), entry(A, 1), entry(A, 9), MD5, 'skip newer'],
  ['--keep-newer: unchanged, target newer', keeping('auto'), entry(A, 1), entry(A, 9), MD5, 'skip unchanged'],
  ['--keep-newer: not comparable, target newer', keeping('checksum'), entry(`${A}-2`, 1), entry(A, 9), MD5, 'skip newer'],
]

describe('decide', () => {
  it.each(table)('%s: %#', (_when, compare, source, target, known, verdict) => {
    const { action, ...why } = decide(source, target, compare, known)
    expect([action, ...Object.values(why)].join(' ')).toBe(verdict)
  })

  /** How far the target's clock is ahead and its accuracy, ms; source and target times, ms; verdict of --compare mtime. */
  it.each([
    ['by more than the clocks leave open', 0, 100, 5_001, 5_104, 'target newer'],
    ['by as much as the clocks leave open', 0, 100, 5_001, 5_103, 'close'],
    ['by less than the second that one of them tells', 0, 0, 5_001, 6_000, 'close'],
    ['by more than that', 0, 0, 4_998, 6_000, 'target newer'],
    ['the target shows an hour more, and is an hour ahead', 3_600_000, 0, 5_001, 3_605_001, 'close'],
    ['edited after it was copied, and the target is an hour ahead', 3_600_000, 0, 9_001, 3_605_001, 'source newer'],
    ['copied after it was edited, and the source is an hour ahead', -3_600_000, 0, 3_605_001, 9_001, 'target newer'],
  ])('times are corrected for the clocks: %s', (_when, aheadMs, withinMs, here, there, order) => {
    const words = { 'target newer': 'unchanged', 'source newer': 'time', close: 'incomparable' }
    const [source, target] = [here, there].map((lastModified) => ({ key: 'k', size: 1, etag: A, lastModified }))
    if (source === undefined) throw new Error('two times make two objects')
    expect(decide(source, target, rule('mtime'), known('md5', aheadMs, withinMs))).toMatchObject({
      reason: words[order as keyof typeof words],
    })
  })
})

describe('compareEtags', () => {
  it.each([
    [A, A, 'equal'],
    [A, A.toUpperCase(), 'equal'],
    [A, B, 'differ'],
    [`${A}-2`, `${A}-2`, 'equal'],
    [`${A}-2`, `${A.toUpperCase()}-2`, 'equal'],
    [`${A}-2`, `${A}-3`, 'not comparable'],
    [A, '', 'not comparable'],
    ['', '', 'not comparable'],
    ['some word', 'another', 'not comparable'],
    ['some word', 'Some Word', 'not comparable'],
    ['some word', 'some word', 'not comparable'],
    [FILE, FILE, 'not comparable'],
  ])('%j and %j: %s', (a, b, answer) => {
    expect(compareEtags(a, b, 'md5')).toBe(answer)
    expect(compareEtags(b, a, 'md5')).toBe(answer)
  })
})
