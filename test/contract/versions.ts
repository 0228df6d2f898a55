import { beforeAll, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { asBody } from '../../src/pipeline/ports/body.js'
import { metadataOf, versionsOf } from '../../src/pipeline/ports/absent-facets.js'
import type { VersionEntry, VersionPage } from '../../src/pipeline/ports/store-facets.js'
import type { Trait } from '../support/servers.js'
import type { Contracted } from './contracted.js'
import type { Holder } from './properties.js'

const never = new AbortController().signal
const PLAIN = { metadata: {} }

/** Older versions of objects and delete markers: they are kept, listed in order, and read by their ids. */
export function versionsContract(open: () => Holder, traits: ReadonlySet<Trait>): void {
  let [store, bucket]: [Contracted | undefined, string] = [undefined, '']
  const opened = (): Contracted => {
    if (store === undefined) throw new Error('not open')
    return store
  }
  beforeAll(() => {
    ;({ store, bucket } = open())
  })
  const history = async (of: string, prefix: string, more: { limit?: number; after?: string } = {}) => {
    const entries: VersionEntry[] = []
    let page: VersionPage | undefined
    do {
      page = await versionsOf(opened()).listVersions({
        ...{ bucket: of, prefix, ...more, signal: never },
        ...(page?.next === undefined ? {} : { token: page.next }),
      })
      entries.push(...page.entries)
    } while (page.next !== undefined)
    return entries
  }
  const said = (entries: readonly VersionEntry[]): string[] =>
    entries.map(({ key, size, isMarker }) => `${key} ${isMarker ? '-' : size}`)

  if (traits.has('no-versions')) {
    it('are reported as not kept', async () => {
      expect(await versionsOf(opened()).versioning({ bucket, signal: never })).toBe('none')
    })
    return
  }

  const NEWEST_FIRST = ['v/a 3', 'v/a -', 'v/a 2', 'v/a 1', 'v/b -', 'v/b 1', 'v/c +ü&<% 1']
  let versioned: string
  beforeAll(async () => {
    versioned = open().fresh()
    await opened().createBucket({ bucket: versioned, signal: never })
    await versionsOf(opened()).keepVersions({ bucket: versioned, signal: never })
    const write = (key: string, content: string) =>
      opened().put({
        ...{ bucket: versioned, key, body: Buffer.from(content), size: content.length, attributes: PLAIN },
        signal: never,
      })
    await write('v/a', '1')
    await write('v/a', '22')
    await versionsOf(opened()).putMarker({ bucket: versioned, key: 'v/a', signal: never })
    await write('v/a', '333')
    await write('v/b', '1')
    await versionsOf(opened()).putMarker({ bucket: versioned, key: 'v/b', signal: never })
    await write('v/c +ü&<%', '1')
    await write('w', '1')
  })

  it('are kept from the moment the bucket has versioning', async () => {
    expect(await versionsOf(opened()).versioning({ bucket, signal: never })).toBe('none')
    expect(await versionsOf(opened()).versioning({ bucket: versioned, signal: never })).toBe('kept')
    await versionsOf(opened()).keepVersions({ bucket: versioned, signal: never })
  })

  it.each([undefined, 1, 2, 3, 100])('are listed by key, from the newest, with markers, %s a page', async (limit) => {
    const entries = await history(versioned, 'v/', limit === undefined ? {} : { limit })
    expect(said(entries)).toEqual(NEWEST_FIRST)
    expect(entries.map(({ isLatest }) => isLatest)).toEqual([true, false, false, false, true, false, true])
    expect(new Set(entries.map(({ versionId }) => versionId)).size).toBe(7)
    const md5 = createHash('md5').update('22').digest('hex')
    expect(entries[2]).toMatchObject({ key: 'v/a', size: 2, etag: md5, isMarker: false, lastModified: expect.any(Number) })
    expect(entries[1]).toMatchObject({ size: 0, etag: '', isMarker: true })
  })

  it('start after a key', async () => {
    if (!traits.has('versions-apart'))
      expect(said(await history(versioned, 'v/', { after: 'v/b' }))).toEqual(NEWEST_FIRST.slice(6))
    expect(said(await history(versioned, 'v/', { after: 'v/c +ü&<%' }))).toEqual([])
  })

  it('are read by their ids', async () => {
    const [, , second] = await history(versioned, 'v/a')
    const ref = { bucket: versioned, key: 'v/a', versionId: second?.versionId, signal: never }
    expect(await text(asBody((await opened().get(ref)).body))).toBe('22')
    expect(await opened().head(ref)).toMatchObject({ size: 2 })
    expect(await metadataOf(opened()).tags(ref)).toEqual({})
  })

  it('are written with the ids that the listing shows', async () => {
    const written = await opened().put({
      ...{ bucket: versioned, key: 'id', body: Buffer.from('x'), size: 1, attributes: PLAIN, signal: never },
    })
    const { versionId } = await versionsOf(opened()).putMarker({ bucket: versioned, key: 'id', signal: never })
    const ids = (await history(versioned, 'id')).map((entry) => entry.versionId)
    expect(ids).toEqual([versionId, written.versionId])
  })

  it('copied on the server are exactly the pinned versions', async () => {
    const [, , second] = await history(versioned, 'v/a')
    const from = { bucket: versioned, key: 'v/a', versionId: second?.versionId }
    await opened().serverSideCopies.copy({ bucket: versioned, key: 'copied', from, signal: never })
    expect(await text(asBody((await opened().get({ bucket: versioned, key: 'copied', signal: never })).body))).toBe('22')
  })

  it('in a bucket without versioning are one for each object', async () => {
    const single = { bucket, key: 'single/a', body: Buffer.from('x'), size: 1 }
    await opened().put({ ...single, attributes: PLAIN, signal: never })
    const [entry] = await history(bucket, 'single/')
    expect(entry).toMatchObject({ key: 'single/a', versionId: 'null', isMarker: false, isLatest: true })
    const { body } = await opened().get({ bucket, key: 'single/a', versionId: 'null', signal: never })
    expect(await text(asBody(body))).toBe('x')
  })
}
