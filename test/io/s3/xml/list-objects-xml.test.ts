import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { plainEtag } from '../../../../src/io/s3/calls/etag.js'
import { scanPage } from '../../../../src/io/s3/xml/list-objects-xml.js'
import { MalformedXml } from '../../../../src/io/s3/xml/scanner.js'

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Texts that XML can contain: without control characters, which are url-encoded, and without blanks at the ends. */
const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((text) => !/[\0-\x20\x7f]/.test(text))
const RESTORED =
  '<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>2026-12-24T00:00:00.000Z</RestoreExpiryDate></RestoreStatus>'
const entries = fc.array(
  fc.record({
    key: texts,
    size: fc.maxSafeNat(),
    etag: fc.stringMatching(/^[0-9a-f]{32}(-[1-9][0-9]{0,3})?$/),
    lastModified: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    /** The storage class, and the restore status. */
    tier: fc.constantFrom<readonly [string, string?]>(['STANDARD'], ['STANDARD_IA'], ['GLACIER'], ['DEEP_ARCHIVE', RESTORED]),
  }),
  { maxLength: 5 },
)
const spaces = fc.constantFrom('', '\n', '\n  ', '\t')
const pages = fc.record({
  entries,
  gap: spaces,
  quote: fc.constantFrom('"', '&quot;', '&#34;', '&#x22;', ''),
  token: fc.option(texts, { nil: undefined }),
  unknown: fc.constantFrom(
    '',
    '<Owner><ID>1</ID><DisplayName/></Owner>',
    '<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>',
  ),
  declaration: fc.constantFrom('', '<?xml version="1.0" encoding="UTF-8"?>', '\ufeff<?xml version="1.0"?>\n'),
  namespace: fc.constantFrom('', ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'),
})
type Page = typeof pages extends fc.Arbitrary<infer T> ? T : never

function xmlOf({ entries: objects, gap, quote, token, unknown, declaration, namespace }: Page): string {
  const contents = objects.map(({ key, size, etag, lastModified, tier: [storageClass, restored] }) => {
    const time = new Date(lastModified).toISOString()
    const fields = [`<Key>${escape(key)}</Key>`, `<LastModified>${time}</LastModified>`, `<ETag>${quote}${etag}${quote}</ETag>`]
    return [
      '<Contents>',
      ...fields,
      `<Size>${size}</Size>`,
      unknown,
      restored ?? '',
      `<StorageClass>${storageClass}</StorageClass>`,
      '</Contents>',
    ].join(gap)
  })
  const next = token === undefined ? '' : `<NextContinuationToken>${escape(token)}</NextContinuationToken>`
  const head = [
    '<Name>b</Name>',
    '<Prefix/>',
    `<KeyCount>${objects.length}</KeyCount>`,
    `<IsTruncated>${token !== undefined}</IsTruncated>`,
    next,
  ]
  const prefixes = '<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>'
  const root = ['<ListBucketResult' + namespace + '>', ...head, ...contents, prefixes, '</ListBucketResult>']
  return declaration + root.join(gap)
}

/** The storage class in an entry: none for STANDARD. */
function tierOf(storageClass: string, isRestored: boolean) {
  if (storageClass === 'STANDARD' || storageClass === '') return {}
  return { storageClass, ...(['GLACIER', 'DEEP_ARCHIVE'].includes(storageClass) && !isRestored && { archived: true as const }) }
}

/** Characters that are significant in XML. */
const significant = fc.constantFrom('<', '>', '/', '&', ';', '"', ' ', 'a', '1', '-')

/** Servers write control characters as references, which XML 1.0 does not allow. */
const CONTROL = /&#(?:x0*[0-9a-f]|x0*1[0-9a-f]|0*[12]?[0-9]|0*3[01]);/i

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The same page through a parser that accepts only well-formed XML. */
function parse(xml: string) {
  const parser = new SaxesParser()
  const path: string[] = []
  const page = new Map<string, string>()
  const objects: Map<string, string>[] = []
  let text = ''
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name }) => {
    path.push(name)
    if (path.join('/') === 'ListBucketResult/Contents') objects.push(new Map())
    text = ''
  })
  parser.on('text', (more) => (text += more))
  parser.on('closetag', ({ name }) => {
    if (path.length === 2) page.set(name, text)
    if (path[1] === 'Contents' && (path.length === 3 || (path[2] === 'RestoreStatus' && text !== '')))
      objects.at(-1)?.set(name, text)
    path.pop()
    text = ''
  })
  parser.write(xml.replace(/^\ufeff/, '')).close()
  const count = page.get('KeyCount')
  return {
    entries: objects.map((fields) => ({
      key: fields.get('Key') ?? '',
      size: Number(fields.get('Size')),
      etag: plainEtag(fields.get('ETag')),
      lastModified: Date.parse(fields.get('LastModified') ?? new Date(0).toISOString()),
      ...tierOf(fields.get('StorageClass') ?? 'STANDARD', fields.has('RestoreExpiryDate')),
    })),
    encoded: undefined,
    truncated: page.get('IsTruncated') === 'true',
    token: page.get('NextContinuationToken'),
    count: count === undefined ? undefined : Number(count),
  }
}

describe('a page of a listing', () => {
  it('is read correctly with any spacing, quotes and extra elements', () => {
    fc.assert(
      fc.property(pages, (page) => {
        expect(scanPage(xmlOf(page))).toEqual({
          entries: page.entries.map(({ tier: [storageClass, restored], ...entry }) => ({
            ...entry,
            ...tierOf(storageClass, restored !== undefined),
          })),
          encoded: false,
          truncated: page.token !== undefined,
          token: page.token,
          count: page.entries.length,
        })
      }),
    )
  })

  it('that was damaged fails, or is read as a strict parser reads it', () => {
    const damage = fc.record({
      page: pages,
      at: fc.nat(),
      length: fc.nat({ max: 3 }),
      text: fc.string({ unit: significant, maxLength: 2 }),
    })
    let read = 0
    fc.assert(
      fc.property(damage, ({ page, at, length, text }) => {
        const xml = xmlOf(page)
        const bytes = Buffer.from(xml)
        const start = at % bytes.length
        const damaged = Buffer.concat([bytes.subarray(0, start), Buffer.from(text), bytes.subarray(start + length)]).toString()
        const scanned = attempt(() => scanPage(damaged))
        if (scanned === undefined || CONTROL.test(damaged)) return
        // The scanner does not check what it skips: then its result must not have changed.
        const parsed = attempt(() => parse(damaged)) ?? parse(xml)
        expect({ ...scanned, encoded: undefined }).toEqual(parsed)
        read++
      }),
      { numRuns: 5_000 },
    )
    expect(read).toBeGreaterThan(100)
  })

  it('that is cut anywhere fails', () => {
    fc.assert(
      fc.property(pages, (page) => {
        const xml = xmlOf(page)
        for (let length = 0; length < xml.length; length++) expect(() => scanPage(xml.slice(0, length))).toThrow(MalformedXml)
      }),
      { numRuns: 20 },
    )
  })

  it('that lost or repeated one of its tags fails', () => {
    const tag = fc.tuple(pages, fc.nat(), fc.constantFrom('', 'twice'))
    fc.assert(
      fc.property(tag, ([page, choice, change]) => {
        const xml = xmlOf(page)
        const tags = [...xml.matchAll(/<\/?(?:Contents|ListBucketResult[^>]*|Key|Size)>/g)]
        const hit = tags[choice % tags.length]
        if (hit === undefined) throw new Error('a page without tags')
        const [text] = hit
        const changed = xml.slice(0, hit.index) + (change === '' ? '' : text + text) + xml.slice(hit.index + text.length)
        expect(() => scanPage(changed)).toThrow(MalformedXml)
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['a text', 'try again later'],
    ['a page of HTML', '<!DOCTYPE html><html><body>Sign in</body></html>'],
    ['an error', '<Error><Code>SlowDown</Code></Error>'],
    ['another answer', '<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>'],
    ['two pages', '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'.repeat(2)],
    [
      'a size below zero',
      '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>-1</Size></Contents></ListBucketResult>',
    ],
    [
      'a size in words',
      '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>big</Size></Contents></ListBucketResult>',
    ],
    ['an unsaid end', '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>'],
  ])('is not %s', (_what, xml) => {
    expect(() => scanPage(xml)).toThrow(MalformedXml)
  })
})
