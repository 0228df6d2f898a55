import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { scanVersions } from '../../../../src/io/s3/xml/list-versions-xml.js'
import { MalformedXml } from '../../../../src/io/s3/xml/scanner.js'

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/[\0-\x20\x7f]/.test(text))
const page = fc.record({
  versions: fc.array(
    fc.record({
      ...{ key: texts, versionId: fc.stringMatching(/^[\w.-]{1,32}$/), isMarker: fc.boolean(), isLatest: fc.boolean() },
      ...{ size: fc.maxSafeNat(), etag: fc.stringMatching(/^[0-9a-f]{32}(-[1-9])?$/), lastModified: fc.nat(4_102_444_800_000) },
      storageClass: fc.constantFrom('STANDARD', 'STANDARD_IA', 'GLACIER'),
    }),
    { maxLength: 5 },
  ),
  next: fc.option(fc.tuple(texts, texts), { nil: undefined }),
  gap: fc.constantFrom('', '\n  '),
})
type Page = typeof page extends fc.Arbitrary<infer T> ? T : never

function xmlOf({ versions, next, gap }: Page): string {
  const entries = versions.map(({ key, versionId, isMarker, isLatest, size, etag, lastModified, storageClass }) => {
    const element = isMarker ? 'DeleteMarker' : 'Version'
    const bytes = [`<ETag>&quot;${etag}&quot;</ETag>`, `<Size>${size}</Size>`, `<StorageClass>${storageClass}</StorageClass>`]
    return [
      ...[`<${element}>`, `<Key>${escape(key)}</Key>`, `<VersionId>${versionId}</VersionId>`, `<IsLatest>${isLatest}</IsLatest>`],
      ...[`<LastModified>${new Date(lastModified).toISOString()}</LastModified>`, ...(isMarker ? [] : bytes)],
      ...['<Owner><ID>1</ID><DisplayName/></Owner>', `</${element}>`],
    ].join(gap)
  })
  const markers = next?.map(
    (text, i) => `<Next${['Key', 'VersionId'][i] ?? ''}Marker>${escape(text)}</Next${['Key', 'VersionId'][i] ?? ''}Marker>`,
  )
  const head = ['<Name>b</Name>', '<KeyMarker/>', `<IsTruncated>${next !== undefined}</IsTruncated>`, ...(markers ?? [])]
  return ['<?xml version="1.0"?><ListVersionsResult xmlns="x">', ...head, ...entries, '</ListVersionsResult>'].join(gap)
}

describe('a page of versions', () => {
  it('is read correctly', () => {
    fc.assert(
      fc.property(page, (written) => {
        expect(scanVersions(xmlOf(written))).toEqual({
          entries: written.versions.map(({ size, etag, storageClass, ...one }) => {
            if (one.isMarker) return { ...one, size: 0, etag: '' }
            const tier = storageClass === 'STANDARD' ? {} : { storageClass }
            return { ...one, size, etag, ...tier, ...(storageClass === 'GLACIER' && { archived: true }) }
          }),
          ...{
            encoded: false,
            truncated: written.next !== undefined,
            nextKey: written.next?.[0],
            nextVersion: written.next?.[1],
          },
        })
      }),
    )
  })

  it('that is cut anywhere fails', () => {
    fc.assert(
      fc.property(page, (written) => {
        const xml = xmlOf(written)
        for (let length = 0; length < xml.length; length++) expect(() => scanVersions(xml.slice(0, length))).toThrow(MalformedXml)
      }),
      { numRuns: 20 },
    )
  })

  const versions = (inner: string): string => `<ListVersionsResult><IsTruncated>false</IsTruncated>${inner}</ListVersionsResult>`
  it.each([
    ['a listing of objects', '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'],
    ['an error', '<Error><Code>NoSuchBucket</Code></Error>'],
    ['an unsaid end', '<ListVersionsResult></ListVersionsResult>'],
    ['a version without an id', versions('<Version><Key>k</Key><Size>1</Size></Version>')],
    ['a version without a size', versions('<Version><Key>k</Key><VersionId>1</VersionId></Version>')],
    ['a marker without a key', versions('<DeleteMarker><VersionId>1</VersionId></DeleteMarker>')],
    ['a version that does not end', versions('<Version><Key>k</Key><VersionId>1</VersionId><Size>1</Size></DeleteMarker>')],
  ])('is not %s', (_what, xml) => {
    expect(() => scanVersions(xml)).toThrow(MalformedXml)
  })
})
