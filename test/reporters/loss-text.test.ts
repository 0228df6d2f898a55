import { describe, expect, it } from '@jest/globals'
import { PROPERTIES } from '../../src/pipeline/ports/object-metadata.js'
import { FAILURES_KEPT } from '../../src/pipeline/state/run-state.js'
import type { Lost, ObjectLoss } from '../../src/pipeline/state/metadata-losses.js'
import { palette } from '../../src/reporters/colors.js'
import { archivedLines, lossText, lossLines } from '../../src/reporters/loss-text.js'
import { MEDIA } from './run.js'

const plain = palette(false)
const LAST =
  '    The objects themselves were copied. With --strict this counts as a failure; s3-sync doctor shows what a server supports.'
const loss = (key: string): ObjectLoss => ({
  pair: MEDIA,
  key,
  losses: [{ property: 'tags', why: 'the target does not keep it' }],
})
const lost = (more: Partial<Lost>): Lost => ({ objects: { tags: 1 }, named: [loss('a')], omitted: 0, ...more })

describe('metadata that was lost', () => {
  it('is not mentioned if nothing was lost', () => {
    expect(lossLines(undefined, plain, 'RUN', true)).toEqual([])
  })

  it('is counted by property, then listed by object, with the reasons', () => {
    const both: ObjectLoss = {
      ...{ pair: MEDIA, key: 'b' },
      losses: [
        { property: 'storage-class', why: 'refused: InvalidStorageClass' },
        { property: 'legal-hold', why: 'a file has no such thing' },
      ],
    }
    const objects = { 'legal-hold': 1, tags: 1_234, 'storage-class': 1 }
    expect(lossLines(lost({ objects, named: [loss('a'), both] }), plain, 'RUN', true)).toEqual([
      '! Metadata not copied: tags of 1,234 objects, storage class of 1 object, legal hold of 1 object',
      '    media/a: tags (the target does not keep it)',
      '    media/b: storage class (refused: InvalidStorageClass), legal hold (a file has no such thing)',
      LAST,
    ])
  })

  it.each([
    ['where a journal names them', true, '    and 1,195 more: s3-sync runs show RUN --lost'],
    ['where nothing does', false, '    and 1,195 more'],
  ])('after the first five objects is only counted, %s', (_where, isKept, more) => {
    const named = Array.from({ length: FAILURES_KEPT }, (_, i) => loss(`k${i}`))
    const lines = lossLines(lost({ objects: { tags: 1_200 }, named, omitted: 1_100 }), plain, 'RUN', isKept)
    expect(lines.slice(1, 6).map((line) => line.trim().split(':')[0])).toEqual([
      'media/k0',
      'media/k1',
      'media/k2',
      'media/k3',
      'media/k4',
    ])
    expect(lines.slice(6)).toEqual([more, LAST])
  })

  it('is escaped for a terminal', () => {
    const named = [{ pair: MEDIA, key: 'a\u001b[2J', losses: [{ property: 'acl', why: 'refused: \r\u0007' } as const] }]
    expect(lossLines(lost({ named }), plain, 'RUN', true)[1]).toBe('    media/a\\x1b[2J: ACL (refused: \\x0d\\x07)')
  })

  it('has a name for each property', () => {
    expect(PROPERTIES.map((property) => lossText({ property, why: 'x' }))).toEqual([
      ...[
        'metadata (x)',
        'headers (x)',
        'tags (x)',
        'storage class (x)',
        'encryption (x)',
        'website redirect (x)',
        'retention (x)',
      ],
      ...['legal hold (x)', 'ACL (x)', 'checksum (x)'],
    ])
  })
})

describe('archived objects', () => {
  it.each([undefined, 0])('are not mentioned if there are %s', (many) => {
    expect(archivedLines(many, plain)).toEqual([])
  })

  it.each([
    [1, '! 1 object is archived (GLACIER, DEEP_ARCHIVE or an archive tier) and was skipped.'],
    [2_000, '! 2,000 objects are archived (GLACIER, DEEP_ARCHIVE or an archive tier) and were skipped.'],
  ])('are counted (%d) and explained', (many, line) => {
    expect(archivedLines(many, plain)).toEqual([
      line,
      '    Restore them at the source (aws s3api restore-object), wait until that is done, then run this again; --verbose names them.',
    ])
  })
})
