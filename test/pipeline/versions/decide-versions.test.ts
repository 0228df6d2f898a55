import { describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { decideVersions } from '../../../src/pipeline/versions/decide-versions.js'
import type { VersionEntry } from '../../../src/pipeline/ports/store-facets.js'

/** Versions in words: `-` is a marker, `*` after a word means archived. */
function versions(words: string, more: Partial<VersionEntry> = {}): VersionEntry[] {
  return words
    .split(' ')
    .filter((word) => word !== '')
    .map((word, i): VersionEntry => {
      const [content, isMarker] = [word.replace('*', ''), word === '-']
      const etag = isMarker ? '' : createHash('md5').update(content).digest('hex')
      const entry = { key: 'k', size: isMarker ? 0 : content.length, etag, lastModified: i, versionId: `${i}` }
      return { ...entry, isMarker, isLatest: false, ...(word.endsWith('*') && { archived: true }), ...more }
    })
}

const ids = (of: readonly VersionEntry[]): string => of.map(({ versionId }) => versionId).join(' ')

describe('the history of an object', () => {
  it.each([
    ['nothing is there', 'a b c', '', '', '0 1 2', ''],
    ['all is there', 'a b c', 'a b c', '0 1 2', '', ''],
    ['its end is missing', 'a b c', 'a b', '0 1', '2', ''],
    ['the target has something older', 'a b c', 'x a b', '0 1', '2', ''],
    ['the source forgot its beginning', 'c d', 'a b c', '0', '1', ''],
    ['the target has something newer', 'a b c', 'a b x', '', '0 1 2', ''],
    ['the same again and again', 'a a a', 'a a', '0 1', '2', ''],
    ['a marker', 'a -', 'a', '0', '1', ''],
    ['deleted and made again', 'a - a', 'a -', '0 1', '2', ''],
    ['a marker is no object', 'a b', 'a -', '', '0 1', ''],
    ['an archived version in the middle', 'a b* c', 'a', '0', '', '1 2'],
    ['an archived version that is there', 'a b* c', 'a b', '0 1', '2', ''],
    ['an archived version behind some', 'a b c* d', '', '', '0 1', '2 3'],
    ['another size', 'aa', 'a', '', '0', ''],
    ['another content', 'b', 'a', '', '0', ''],
  ])('%s', (_what, source, target, there, append, archived) => {
    const verdict = decideVersions(versions(source), versions(target), true)
    expect([ids(verdict.there), ids(verdict.append), ids(verdict.archived)]).toEqual([there, append, archived])
  })

  it('is compared by size and time if ETags are not comparable', () => {
    const etag = 'not an md5'
    const here = (lastModified: number) => versions('a', { etag: 'another', lastModified })
    expect(decideVersions(here(1_000), versions('b', { etag, lastModified: 2_000 }), true).append).toEqual([])
    expect(decideVersions(here(3_000), versions('b', { etag, lastModified: 2_000 }), true).append).toHaveLength(1)
    expect(decideVersions(here(1_000), versions('bb', { etag, lastModified: 2_000 }), true).append).toHaveLength(1)
  })

  it('appended to the existing versions ends like the source, and then nothing remains', () => {
    const words = fc.array(fc.constantFrom('a', 'b', '-'), { maxLength: 8 }).map((all) => all.join(' '))
    fc.assert(
      fc.property(words, words, (source, target) => {
        const [here, there] = [versions(source), versions(target)]
        const after = [...there, ...decideVersions(here, there, true).append]
        expect(after.slice(0, there.length)).toEqual(there)
        const end = after.slice(after.length - here.length)
        expect(end.map((one) => [one.etag, one.isMarker])).toEqual(here.map((one) => [one.etag, one.isMarker]))
        expect(decideVersions(here, after, true).append).toEqual([])
      }),
    )
  })
})
