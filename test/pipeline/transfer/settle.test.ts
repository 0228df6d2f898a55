import { describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { newChecksum, newMd5 } from '../../../src/io/hashers.js'
import type { Comparison } from '../../../src/pipeline/compare/decide.js'
import type { Checksum, ObjectEntry } from '../../../src/pipeline/ports/objects.js'
import { settle } from '../../../src/pipeline/transfer/settle.js'
import { newTrust } from '../../../src/pipeline/run/etag-trust.js'
import { type EtagTrust } from '../../../src/pipeline/run/etag-trust.js'
import { StoreError } from '../../../src/pipeline/ports/failure.js'
import { fileCalls } from '../../support/file-calls.js'
import { failureOf, md5, MemoryStore } from '../../support/memory-store.js'

type Seed = NonNullable<Parameters<MemoryStore['seed']>[3]>

/** An object of either side: its bytes, and its metadata. */
interface Given extends Seed {
  readonly bytes: string
  /** Its listing has no ETag; a HEAD has it. */
  readonly isUnlisted?: boolean
}

/** No metadata is missing. */
const metadataCopier = { isUnfinished: () => Promise.resolve(false) }
const NOW = Date.UTC(2026, 10, 27)
const LONG_AGO = NOW - 3_600_000
const sha256 = (bytes: string): Checksum => ({ algorithm: 'SHA256', value: createHash('sha256').update(bytes).digest('base64') })
const KMS = { encryption: { algorithm: 'aws:kms' } } as const
const meta = (mtime: string) => ({ metadata: { mtime } })

/** A file, as listed by directories. */
const file = (bytes: string, more: Partial<Seed> = {}): Given => ({ bytes, etag: 'mtime:1', attributes: meta('1.5'), ...more })
const object = (bytes: string, more: Partial<Seed> = {}): Given => ({ bytes, ...more })
/** With SSE-KMS: its ETag looks like an MD5 but is not. */
const sealed = (bytes: string, more: Partial<Seed> = {}): Given =>
  object(bytes, { etag: 'f'.repeat(32), properties: KMS, ...more })
const unlisted = (bytes: string, more: Partial<Seed> = {}): Given => ({ ...object(bytes, more), isUnlisted: true })
/** Written in parts of 2 bytes. */
const inParts = (bytes: string, more: Partial<Seed> = {}): Given => {
  const parts = bytes.match(/.{1,2}/gs) ?? []
  const digests = Buffer.concat(parts.map((part) => Buffer.from(md5(Buffer.from(part)), 'hex')))
  return object(bytes, { etag: `${md5(digests)}-${parts.length}`, partSize: 2, ...more })
}

async function settled(source: Given, target: Given, by: Comparison, trust: EtagTrust = newTrust(), givesTimes = false) {
  const given: { readonly lastModified: number }[] = []
  const stores = { source: storeOf(source), target: storeOf(target) }
  if (givesTimes) {
    const setTime = (request: { readonly lastModified: number }) => Promise.resolve(void given.push(request))
    Object.assign(stores.target, { files: fileCalls({ setTime }) })
  }
  const { signal } = new AbortController()
  const listed = async (store: MemoryStore, { isUnlisted = false }: Given): Promise<ObjectEntry> => {
    const entry = await entryOf(store)
    return isUnlisted ? { ...entry, etag: '' } : entry
  }
  const [entry, there] = await Promise.all([listed(stores.source, source), listed(stores.target, target)])
  const copy = { from: { bucket: 'media', entry }, to: { bucket: 'media', key: 'k' } }
  const how = { stores, trust, metadataCopier, newHasher: newMd5, newChecksum, givesTimes }
  const answer = await settle(copy, there, by, how, signal)
  return { verdict: answer.equal ? 'equal' : answer.reason, given: given.map(({ lastModified }) => lastModified) }
}

function storeOf({ bytes, isUnlisted: _isUnlisted, ...seed }: Given): MemoryStore {
  return new MemoryStore({ now: () => NOW }).seed('media', 'k', bytes, { lastModified: LONG_AGO, ...seed })
}

async function entryOf(store: MemoryStore): Promise<ObjectEntry> {
  const { entries } = await store.listPage({ bucket: 'media', prefix: '', signal: new AbortController().signal })
  const [entry] = entries
  if (entry === undefined) throw new Error('nothing was seeded')
  return entry
}

describe('objects that listings could not settle are compared at source and target', () => {
  it.each<[string, Given, Given, Comparison, string]>([
    ['sizes differ by now', object('aa'), object('a'), 'content', 'size'],

    ['upload: the file has the MD5 of the object', file('abc'), object('abc'), 'content', 'equal'],
    ['upload: it has another', file('abc'), object('abd'), 'content', 'checksum'],
    ['upload: its parts have the MD5s of the object', file('abcde'), inParts('abcde'), 'content', 'equal'],
    ['upload: they have others', file('abcde'), inParts('abcdf'), 'content', 'checksum'],
    ['upload: its parts, by checksum', file('abcde'), inParts('abcde'), 'checksum', 'equal'],
    [
      'upload: encrypted, the checksum is the same',
      file('abc'),
      sealed('abc', { checksums: [sha256('abc')] }),
      'content',
      'equal',
    ],
    [
      'upload: encrypted, the checksum is another',
      file('abd'),
      sealed('abc', { checksums: [sha256('abc')] }),
      'content',
      'checksum',
    ],
    [
      'upload: encrypted, and it came from a file of this time',
      file('abc'),
      sealed('abc', { attributes: meta('1.5') }),
      'content',
      'equal',
    ],
    [
      'upload: encrypted, and it came from another',
      file('abc'),
      sealed('abc', { attributes: meta('1.4') }),
      'content',
      'incomparable',
    ],
    [
      'upload: encrypted, by checksum: times prove nothing',
      file('abc'),
      sealed('abc', { attributes: meta('1.5') }),
      'checksum',
      'incomparable',
    ],
    ['upload: encrypted, and nothing else is known', file('abc'), sealed('abc'), 'content', 'incomparable'],
    ['upload: an ETag of the server’s own', file('abc'), object('abc', { etag: 'W/1' }), 'content', 'incomparable'],

    ['download: the file has the MD5 of the object', object('abc'), file('abc'), 'content', 'equal'],
    ['download: it has another', object('abc'), file('abd'), 'content', 'checksum'],
    ['download: its parts have the MD5s of the object', inParts('abcde'), file('abcde'), 'content', 'equal'],
    ['download: they have others', inParts('abcde'), file('abcdf'), 'content', 'checksum'],

    ['upload, not listed: the file has the MD5 of the object', file('abc'), unlisted('abc'), 'content', 'equal'],
    ['upload, not listed: it has another', file('abc'), unlisted('abd'), 'content', 'checksum'],
    ['download, not listed: the file has the MD5 of the object', unlisted('abc'), file('abc'), 'content', 'equal'],
    ['download, not listed: it has another', unlisted('abc'), file('abd'), 'content', 'checksum'],

    ['one ETag, which the listings do not have', unlisted('abc'), unlisted('abc'), 'content', 'equal'],
    ['one ETag, which one listing does not have', unlisted('abc'), object('abc'), 'checksum', 'equal'],
    [
      'one ETag that tells no bytes',
      unlisted('abc', { etag: 'W/1' }),
      unlisted('abd', { etag: 'W/1' }),
      'content',
      'incomparable',
    ],
    [
      'one ETag, and the metadata may have changed',
      unlisted('abc', { lastModified: LONG_AGO + 9_000, attributes: meta('1') }),
      unlisted('abc', { attributes: meta('2') }),
      'content',
      'metadata',
    ],
    [
      'one ETag, and the metadata may have changed, but did not',
      unlisted('abc', { lastModified: LONG_AGO + 9_000 }),
      unlisted('abc'),
      'content',
      'equal',
    ],
    ['other ETags, which the listings do not have, by checksum', unlisted('abc'), unlisted('abd'), 'checksum', 'etag'],
    ['other ETags, which the listings do not have', unlisted('abc'), unlisted('abd'), 'content', 'etag'],

    ['two files of the same bytes', file('abc'), file('abc', { etag: 'mtime:2' }), 'content', 'equal'],
    ['two files of other bytes', file('abc'), file('abd', { etag: 'mtime:2' }), 'content', 'checksum'],
    ['two files of one time and other bytes', file('abc'), file('abd'), 'checksum', 'checksum'],

    [
      'the same checksum',
      inParts('abc', { checksums: [sha256('abc')] }),
      object('abc', { checksums: [sha256('abc')] }),
      'checksum',
      'equal',
    ],
    [
      'another checksum',
      inParts('abc', { checksums: [sha256('abc')] }),
      object('abd', { checksums: [sha256('abd')] }),
      'checksum',
      'checksum',
    ],
    ['no checksum in common', inParts('abc'), object('abc', { checksums: [sha256('abc')] }), 'checksum', 'incomparable'],
    ['MD5s of objects that are not encrypted differ', object('abc'), object('abd'), 'content', 'etag'],
    ['encrypted, target newer', sealed('abc'), object('abc', { lastModified: LONG_AGO + 9_000 }), 'content', 'equal'],
    ['encrypted, source newer', sealed('abc'), object('abc', { lastModified: LONG_AGO - 9_000 }), 'content', 'time'],
    ['encrypted, of one time, the other’s MD5 fits', sealed('abc'), object('abc'), 'content', 'equal'],
    ['encrypted, of one time, the other’s MD5 does not fit', sealed('abd'), object('abc'), 'content', 'incomparable'],
    ['encrypted, both of one time', sealed('abc'), sealed('abc', { etag: 'e'.repeat(32) }), 'content', 'incomparable'],
    ['in parts, of one time as a whole', inParts('abcde'), object('abcde'), 'content', 'equal'],
    ['in other parts, of one time', inParts('abcde'), object('abcdf', { etag: 'opaque' }), 'content', 'incomparable'],

    [
      'the same metadata',
      object('abc', { attributes: meta('1') }),
      object('abc', { attributes: meta('1') }),
      'metadata',
      'equal',
    ],
    [
      'other user metadata',
      object('abc', { attributes: meta('1') }),
      object('abc', { attributes: meta('2') }),
      'metadata',
      'metadata',
    ],
    [
      'another type',
      object('abc', { attributes: { contentType: 'text/css', metadata: {} } }),
      object('abc'),
      'metadata',
      'metadata',
    ],
    [
      'no type, which servers tell as bytes',
      object('abc'),
      object('abc', { attributes: { contentType: 'application/octet-stream', metadata: {} } }),
      'metadata',
      'equal',
    ],
  ])('%s', async (_when, source, target, by, verdict) => {
    expect(await settled(source, target, by)).toMatchObject({ verdict })
  })

  it('an ETag that does not match a file with the uploaded mtime: the bytes decide, also whether ETags are trusted', async () => {
    const invented = (bytes: string) => object(bytes, { etag: 'f'.repeat(32), attributes: meta('1.5') })
    const trust = newTrust()
    expect(await settled(file('abc'), invented('abd'), 'content', trust)).toMatchObject({ verdict: 'checksum' })
    expect(trust.facts.etags).toBe('md5')
    expect(await settled(file('abc'), invented('abc'), 'content', trust)).toMatchObject({ verdict: 'equal' })
    expect(trust.facts.etags).toBe('none')
  })

  it('an ETag known not to be an MD5 proves no difference', async () => {
    const trust = newTrust()
    trust.learn({ etags: 'none' })
    expect(await settled(file('abc'), object('abd'), 'content', trust)).toMatchObject({ verdict: 'incomparable' })
  })

  it('if an object has changed meanwhile, the attempt fails as changed', async () => {
    const stores = { source: storeOf(inParts('abc')), target: storeOf(object('abc')) }
    const copy = { from: { bucket: 'media', entry: await entryOf(stores.source) }, to: { bucket: 'media', key: 'k' } }
    const there = await entryOf(stores.target)
    stores.source.seed('media', 'k', 'abd')
    const how = { stores, trust: newTrust(), metadataCopier, newHasher: newMd5, newChecksum }
    const failed = settle(copy, there, 'content', { ...how, givesTimes: false }, new AbortController().signal)
    await expect(failed).rejects.toThrow(StoreError)
    await expect(failed).rejects.toMatchObject({ failure: { kind: 'changed' } })
  })
})

describe('a file that was found equal gets the modification time of its object', () => {
  it('so that the next listing is sufficient', async () => {
    expect(await settled(object('abc'), file('abc', { lastModified: NOW }), 'content', newTrust(), true)).toEqual({
      ...{ verdict: 'equal', given: [LONG_AGO] },
    })
  })

  it('not while another version of the object could have that time', async () => {
    const fresh = object('abc', { lastModified: NOW })
    expect(await settled(fresh, file('abc', { lastModified: LONG_AGO }), 'content', newTrust(), true)).toMatchObject({
      given: [],
    })
  })

  it('and is still equal if setting the time is not allowed', async () => {
    const stores = { source: storeOf(object('abc')), target: storeOf(file('abc')) }
    const copy = { from: { bucket: 'media', entry: await entryOf(stores.source) }, to: { bucket: 'media', key: 'k' } }
    const setTime = () => Promise.reject(new StoreError(failureOf('permanent', 'PermissionDenied')))
    Object.assign(stores.target, { files: fileCalls({ setTime }) })
    const how = { stores, trust: newTrust(), metadataCopier, newHasher: newMd5, newChecksum, givesTimes: true }
    const { signal } = new AbortController()
    expect(await settle(copy, await entryOf(stores.target), 'content', how, signal)).toEqual({ equal: true })
  })

  it('but not if it differs', async () => {
    expect(await settled(object('abd'), file('abc', { lastModified: NOW }), 'content', newTrust(), true)).toMatchObject({
      given: [],
    })
  })
})
