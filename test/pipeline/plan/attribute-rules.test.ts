import { describe, expect, it } from '@jest/globals'
import { attributeChanges, type AttributeRule } from '../../../src/pipeline/plan/attribute-rules.js'
import type { ObjectAttributes } from '../../../src/pipeline/ports/objects.js'

const PAGE: ObjectAttributes = { contentType: 'text/html', cacheControl: 'max-age=60', metadata: { team: 'web', title: 'A' } }

const cache = (value: string, glob?: string): AttributeRule => ({
  ...(glob !== undefined && { glob }),
  attribute: { header: 'cacheControl' },
  value,
})
const team = (value: string): AttributeRule => ({ attribute: { metadata: 'team' }, value })

const changed = (name: string, rules: readonly AttributeRule[], ignoreCase = false) =>
  attributeChanges(rules, ignoreCase)?.(name)?.(PAGE)

describe('--set-header and --set-metadata', () => {
  it.each<[what: string, name: string, AttributeRule[], ObjectAttributes | undefined]>([
    ['sets a header, and keeps the others', 'a', [cache('no-cache')], { ...PAGE, cacheControl: 'no-cache' }],
    ['sets metadata, and keeps the rest', 'a', [team('ops')], { ...PAGE, metadata: { team: 'ops', title: 'A' } }],
    ['removes what has no value', 'a', [cache(''), team('')], { contentType: 'text/html', metadata: { title: 'A' } }],
    ['concerns only what the glob matches', 'img/a.png', [cache('no-cache', '*.html')], undefined],
    ['matches the last segment at any depth', 'x/y/a.html', [cache('no-cache', '*.html')], { ...PAGE, cacheControl: 'no-cache' }],
    ['the last matching rule wins', 'a.html', [cache('1'), cache('2', '*.html')], { ...PAGE, cacheControl: '2' }],
    ['… also if it is the general one', 'a.html', [cache('2', '*.html'), cache('1')], { ...PAGE, cacheControl: '1' }],
    ['… also if it removes', 'a.html', [cache('1'), cache('', '*.html')], { contentType: 'text/html', metadata: PAGE.metadata }],
    [
      '… for each name alone',
      'a',
      [team('1'), cache('2'), team('3')],
      { ...PAGE, cacheControl: '2', metadata: { title: 'A', team: '3' } },
    ],
  ])('%s', (_what, name, rules, attributes) => {
    expect(changed(name, rules)).toEqual(attributes)
  })

  it('--ignore-case: globs match capital and small letters alike', () => {
    const rules = [cache('no-cache', '*.html')]
    expect([changed('A.HTML', rules), changed('A.HTML', rules, true)?.cacheControl]).toEqual([undefined, 'no-cache'])
  })

  it('without rules, there is nothing to look up', () => {
    expect(attributeChanges([], false)).toBeUndefined()
  })
})
