import { afterEach, describe, expect, it } from '@jest/globals'
import { errorXml, never, query, stage, type Stage } from '../http/server.js'

let on: Stage | undefined
afterEach(async () => {
  await on?.stop()
  on = undefined
})

const LAST = '<IsTruncated>false</IsTruncated>'
const listing = (entries: string, more = LAST): string => `<ListVersionsResult>${more}${entries}</ListVersionsResult>`
const version = (key: string, id: string, second: number): string =>
  `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>false</IsLatest>${at(second)}<Size>1</Size></Version>`
const marker = (key: string, id: string, second: number): string =>
  `<DeleteMarker><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>false</IsLatest>${at(second)}</DeleteMarker>`
const at = (second: number): string => `<LastModified>2026-11-23T00:00:0${second}.000Z</LastModified>`

const ids = async (store: Stage['store'], token?: string): Promise<string[]> => {
  const { entries } = await store.versions.listVersions({
    bucket: 'b',
    prefix: '',
    signal: never,
    ...(token !== undefined && { token }),
  })
  return entries.map(({ versionId }) => versionId)
}

describe('a listing of versions', () => {
  it('decodes keys and markers, and continues with both markers', async () => {
    const more = '<IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>'
    const next = '<NextKeyMarker>a+b%0A</NextKeyMarker><NextVersionIdMarker>a+1</NextVersionIdMarker>'
    on = await stage((request, response) =>
      response.end(query(request).has('key-marker') ? listing('') : listing(version('a+b%0A', 'a+1', 1), more + next)),
    )
    const page = await on.store.versions.listVersions({ bucket: 'b', prefix: '', signal: never })
    expect(page.entries[0]).toMatchObject({ key: 'a b\n', versionId: 'a+1' })
    await ids(on.store, page.next)
    const asked = new URLSearchParams(on.requests[1]?.split(' ')[1]?.split('?')[1])
    expect([asked.get('key-marker'), asked.get('version-id-marker')]).toEqual(['a b\n', 'a+1'])
  })

  it('works without url-encoding if the server refuses it', async () => {
    on = await stage((request, response) => {
      if (query(request).has('encoding-type')) response.writeHead(501).end(errorXml('NotImplemented'))
      else response.end(listing(version('k', '1', 1)))
    })
    expect([await ids(on.store), await ids(on.store)]).toEqual([['1'], ['1']])
    // The first refusal may also mean the optional header, so that is left out first.
    expect(on.requests).toHaveLength(4)
  })

  it('is sorted if markers follow all versions; where times do not determine the order, the versions of the key are requested one by one', async () => {
    const order = [version('a', 'a3', 2), marker('a', 'a2', 2), version('a', 'a1', 1)]
    on = await stage((request, response) => {
      const asked = query(request)
      if (!asked.has('max-keys')) {
        const versions = version('a', 'a3', 2) + version('a', 'a1', 1) + version('c', 'c2', 2)
        response.end(listing(versions + marker('a', 'a2', 2) + marker('b', 'b1', 1) + marker('c', 'c1', 1)))
        return
      }
      const place = asked.has('key-marker')
        ? order.findIndex((one) => one.includes(asked.get('version-id-marker') ?? '-')) + 1
        : 0
      const id = ['a3', 'a2', 'a1'][place] ?? ''
      const next = `<NextKeyMarker>a</NextKeyMarker><NextVersionIdMarker>${id}</NextVersionIdMarker>`
      response.end(listing(order[place] ?? '', place < 2 ? `<IsTruncated>true</IsTruncated>${next}` : LAST))
    })
    expect(await ids(on.store)).toEqual(['a3', 'a2', 'a1', 'b1', 'c2', 'c1'])
    expect(on.requests).toHaveLength(4)
  })

  it.each([
    [
      'objects',
      '<?xml version="1.0"?>\n<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>',
      'NotImplemented',
      'permanent',
    ],
    ['a page of HTML', '<html></html>', 'MalformedListing', 'transient'],
    ['more without a marker', listing('', '<IsTruncated>true</IsTruncated>'), 'MalformedListing', 'permanent'],
  ])('fails when the answer is %s', async (_what, xml, code, kind) => {
    on = await stage((_request, response) => response.end(xml))
    await expect(ids(on.store)).rejects.toMatchObject({ failure: { code, kind } })
  })
})
