import { describe, expect, it } from '@jest/globals'
import { compareEtags, decide, type CompareMode } from '../../src/pipeline/decide.js'
import type { ObjectEntry } from '../../src/pipeline/ports.js'

const A = 'a'.repeat(32)
const B = 'b'.repeat(32)
const entry = (size: number, etag: string, lastModified: number): ObjectEntry => ({ key: 'k', size, etag, lastModified })
const rule = (compare: CompareMode, ignoreExisting = false, keepNewer = false) => ({ compare, ignoreExisting, keepNewer })
const keeping = (compare: CompareMode) => rule(compare, false, true)

/** Row by row the table in decide.ts: rule, source, target, verdict. Times are only told apart. */
const table: [string, ReturnType<typeof rule>, ObjectEntry, ObjectEntry | undefined, string][] = [
  ['nothing at the target', rule('auto'), entry(1, A, 1), undefined, 'copy new'],
  ['nothing at the target, --ignore-existing', rule('auto', true), entry(1, A, 1), undefined, 'copy new'],
  ['something there, --ignore-existing', rule('always', true), entry(1, A, 1), entry(2, B, 0), 'skip exists'],
  ['always', rule('always'), entry(1, A, 1), entry(1, A, 1), 'copy always'],
  ['sizes differ', rule('auto'), entry(1, A, 1), entry(2, A, 9), 'copy size'],
  ['sizes differ, etag', rule('etag'), entry(1, A, 1), entry(2, A, 9), 'copy size'],
  ['sizes equal, size', rule('size'), entry(1, A, 9), entry(1, B, 1), 'skip unchanged'],
  ['source newer, mtime', rule('mtime'), entry(1, A, 2), entry(1, A, 1), 'copy time'],
  ['equal times, mtime', rule('mtime'), entry(1, A, 1), entry(1, B, 1), 'skip unchanged'],
  ['ETags equal', rule('auto'), entry(1, A, 9), entry(1, A, 1), 'skip unchanged'],
  ['ETags equal, etag', rule('etag'), entry(1, A, 9), entry(1, A, 1), 'skip unchanged'],
  ['ETags equal, checksum', rule('checksum'), entry(1, A, 9), entry(1, A, 1), 'skip unchanged'],
  ['MD5s differ', rule('auto'), entry(1, A, 1), entry(1, B, 9), 'copy etag'],
  ['MD5s differ, etag', rule('etag'), entry(1, A, 1), entry(1, B, 9), 'copy etag'],
  ['not comparable, checksum', rule('checksum'), entry(1, `${A}-2`, 9), entry(1, A, 1), 'compare-checksums'],
  ['equal times of files, checksum', rule('checksum'), entry(1, 'mtime:1:1', 1), entry(1, 'mtime:1:1', 1), 'compare-checksums'],
  ['equal times of files', rule('auto'), entry(1, 'mtime:1:1', 1), entry(1, 'mtime:1:1', 1), 'skip unchanged'],
  ['not comparable, etag', rule('etag'), entry(1, `${A}-2`, 9), entry(1, A, 1), 'skip unchanged'],
  ['not comparable, source newer', rule('auto'), entry(1, `${A}-2`, 9), entry(1, A, 1), 'copy time'],
  ['not comparable, target newer', rule('auto'), entry(1, `${A}-2`, 1), entry(1, A, 9), 'skip unchanged'],
  ['MD5s differ, target newer, --keep-newer', keeping('auto'), entry(1, A, 1), entry(1, B, 9), 'skip newer'],
  ['MD5s differ, source newer, --keep-newer', keeping('auto'), entry(1, A, 9), entry(1, B, 1), 'copy etag'],
  ['MD5s differ, equal times, --keep-newer', keeping('auto'), entry(1, A, 1), entry(1, B, 1), 'copy etag'],
  ['sizes differ, target newer, --keep-newer', keeping('size'), entry(1, A, 1), entry(2, B, 9), 'skip newer'],
  ['always, target newer, --keep-newer', keeping('always'), entry(1, A, 1), entry(1, A, 9), 'skip newer'],
  ['unchanged, target newer, --keep-newer', keeping('auto'), entry(1, A, 1), entry(1, A, 9), 'skip unchanged'],
  ['not comparable, target newer, --keep-newer', keeping('checksum'), entry(1, `${A}-2`, 1), entry(1, A, 9), 'skip newer'],
  ['nothing at the target, --keep-newer', keeping('auto'), entry(1, A, 1), undefined, 'copy new'],
  [
    'newer, but within the whole second that the target tells',
    rule('mtime'),
    entry(1, A, 1_900),
    entry(1, A, 1_000),
    'skip unchanged',
  ],
  ['newer by a whole second', rule('mtime'), entry(1, A, 2_000), entry(1, A, 1_000), 'copy time'],
  ['newer by less, where the target tells less', rule('mtime'), entry(1, A, 1_900), entry(1, A, 1_850), 'copy time'],
  ['no ETag at the target, source newer', rule('auto'), entry(1, A, 9), entry(1, '', 1), 'copy time'],
]

describe('decide', () => {
  it.each(table)('%s: %#', (_name, compare, source, target, verdict) => {
    const { action, ...why } = decide(source, target, compare, true)
    expect([action, ...Object.values(why)].join(' ')).toBe(verdict)
  })

  it('once ETags are known to be no MD5s, two that differ prove nothing', () => {
    expect(decide(entry(1, A, 1), entry(1, B, 9), rule('auto'), false)).toEqual({ action: 'skip', reason: 'unchanged' })
  })
})

describe('compareEtags', () => {
  it.each([
    [A, A, 'equal'],
    [A, B, 'differ'],
    [`${A}-2`, `${A}-2`, 'equal'],
    [`${A}-2`, `${A}-3`, 'not comparable'],
    [A, '', 'not comparable'],
    ['', '', 'not comparable'],
    ['some word', 'another', 'not comparable'],
  ])('%j and %j: %s', (a, b, answer) => {
    expect(compareEtags(a, b, true)).toBe(answer)
    expect(compareEtags(b, a, true)).toBe(answer)
  })
})
