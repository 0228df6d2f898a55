import { beforeAll, describe, expect, it } from '@jest/globals'
import { discard } from '../../src/pipeline/ports/body.js'
import { StoreError } from '../../src/pipeline/ports/failure.js'
import { metadataOf, versionsOf } from '../../src/pipeline/ports/absent-facets.js'
import type { ObjectStore } from '../../src/pipeline/ports/object-store.js'
import type { ObjectHead, Written } from '../../src/pipeline/ports/objects.js'
import type { Acl, Extras } from '../../src/pipeline/ports/object-metadata.js'
import type { Trait } from '../support/servers.js'
import type { Contracted } from './contracted.js'

const never = new AbortController().signal
const BODY = Buffer.from('content')
const DAY = 24 * 3_600_000
const UNTIL = Math.ceil(Date.now() / DAY + 1) * DAY
const ATTRIBUTES = { contentType: 'text/plain', metadata: { a: 'b' } }

/** A property to write, and where to read it back; `trait` excuses a server that does not support it. */
interface Row {
  readonly trait: Trait
  readonly extras: Extras
  found(head: ObjectHead, store: ObjectStore, object: { bucket: string; key: string }): unknown
  readonly expected: unknown
}

const ROWS: Readonly<Record<string, Row>> = {
  tags: {
    ...{ trait: 'no-tags', extras: { tags: { colour: 'dark blue', 'a+b=c/d': 'x:@y', empty: '' } } },
    found: (_head, store, object) => metadataOf(store).tags({ ...object, signal: never }),
    expected: { colour: 'dark blue', 'a+b=c/d': 'x:@y', empty: '' },
  },
  'tags beyond ASCII': {
    ...{ trait: 'no-odd-tags', extras: { tags: { größe: 'é 日本' } }, expected: { größe: 'é 日本' } },
    found: (_head, store, object) => metadataOf(store).tags({ ...object, signal: never }),
  },
  'the number of tags': {
    ...{ trait: 'no-tags', extras: { tags: { a: '1', b: '2', c: '' } }, expected: 3 },
    found: ({ tagCount }) => tagCount,
  },
  'a storage class': {
    ...{ trait: 'no-storage-classes', extras: { storageClass: 'STANDARD_IA' }, expected: 'STANDARD_IA' },
    found: ({ properties }) => properties.storageClass,
  },
  encryption: {
    ...{ trait: 'no-encryption', extras: { encryption: { algorithm: 'AES256' } }, expected: { algorithm: 'AES256' } },
    found: ({ properties }) => properties.encryption,
  },
  'a redirect': {
    ...{ trait: 'no-redirects', extras: { redirect: '/there/ü?a=b' }, expected: '/there/ü?a=b' },
    found: ({ properties }) => properties.redirect,
  },
  'an ACL': {
    ...{ trait: 'no-acls', extras: { acl: { canned: 'public-read' } }, expected: { canned: 'public-read' } satisfies Acl },
    found: (_head, store, object) => metadataOf(store).acl({ ...object, signal: never }),
  },
}

/** What this suite needs from a candidate of the suite in object-store.ts. */
export interface Holder {
  readonly store: Contracted
  /** An existing bucket. */
  readonly bucket: string
  /** The name of a bucket that does not exist yet. */
  fresh(): string
}

/** The properties of an object: each is stored as requested, refused, or not reported; never reported without being stored. */
export function propertiesContract(open: () => Holder, traits: ReadonlySet<Trait>): void {
  let [store, bucket]: [Contracted | undefined, string] = [undefined, '']
  const opened = (): Contracted => {
    if (store === undefined) throw new Error('not open')
    return store
  }
  beforeAll(async () => {
    ;({ store, bucket } = open())
    for (const key of ['of/plain', 'of/tagged']) {
      const extras = key === 'of/tagged' && !traits.has('no-tags') ? { tags: { old: 'tag' } } : undefined
      await opened().put({ bucket, key, body: BODY, size: BODY.length, attributes: ATTRIBUTES, extras, signal: never })
    }
  })

  const WAYS: Readonly<Record<string, (key: string, extras: Extras) => Promise<Written>>> = {
    put: (key, extras) =>
      opened().put({ bucket, key, body: BODY, size: BODY.length, attributes: ATTRIBUTES, extras, signal: never }),
    copy: (key, extras) =>
      opened().serverSideCopies.copy({ bucket, key, from: { bucket, key: 'of/tagged' }, extras, signal: never }),
    'in parts': async (key, extras) => {
      const { uploadId } = await opened().multipart.createUpload({ bucket, key, attributes: ATTRIBUTES, extras, signal: never })
      const upload = { bucket, key, uploadId, signal: never }
      const part = await opened().multipart.uploadPart({ ...upload, number: 1, start: 0, body: BODY, size: BODY.length })
      return opened().multipart.completeUpload({ ...upload, parts: [part] })
    },
  }

  /** The head of an object, after checking that HEAD and GET return the same. */
  async function told(key: string): Promise<ObjectHead> {
    const head = await opened().head({ bucket, key, signal: never })
    const { body, properties, tagCount } = await opened().get({ bucket, key, signal: never })
    discard(body)
    expect({ properties, tagCount }).toEqual({ properties: head.properties, tagCount: head.tagCount })
    return head
  }

  describe.each(Object.keys(WAYS))('%s', (way) => {
    it.each(Object.keys(ROWS))('writes %s', async (name) => {
      const row = ROWS[name]
      if (row === undefined) throw new Error('a row of the table')
      const key = `properties/${way}/${name}`
      const answer = await WAYS[way]?.(key, row.extras).catch((error: unknown) => error)
      if (answer instanceof StoreError) {
        expect(traits.has(row.trait)).toBe(true)
        expect(answer.failure.kind === 'permanent' || answer.failure.status === 501).toBe(true)
        return
      }
      if (answer instanceof Error) throw answer
      const finding = Promise.resolve(row.found(await told(key), opened(), { bucket, key }))
      if (traits.has(row.trait)) expect(await finding.catch(() => undefined)).not.toEqual(row.expected)
      else expect(await finding).toEqual(row.expected)
    })
  })

  it('an object without special properties reports none', async () => {
    const { properties, tagCount } = await told('of/plain')
    expect([{ ...properties, encryption: undefined }, tagCount]).toEqual([{}, 0])
    if (!traits.has('no-tags')) expect(await metadataOf(opened()).tags({ bucket, key: 'of/plain', signal: never })).toEqual({})
    if (!traits.has('no-acls'))
      expect(await metadataOf(opened()).acl({ bucket, key: 'of/plain', signal: never })).toEqual({ canned: 'private' })
  })

  it('tags that are longer than a header may be are set after the write', async () => {
    if (traits.has('no-tags')) return
    // VersityGW answers 500 to more than the file system accepts, 4 KB (measured).
    const tags = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`key-${i}`, 'v'.repeat(256)]))
    const ref = { bucket, key: 'properties/long-tags', signal: never }
    await opened().put({ ...ref, body: BODY, size: BODY.length, attributes: ATTRIBUTES, extras: { tags: { old: 'tag' } } })
    await metadataOf(opened()).putTags({ ...ref, tags })
    expect(await metadataOf(opened()).tags(ref)).toEqual(tags)
  })

  it('a copy keeps the tags unless it is given others', async () => {
    if (traits.has('no-tags')) return
    const tagsOf = async (key: string, extras: Extras | undefined) => {
      await opened().serverSideCopies.copy({ bucket, key, from: { bucket, key: 'of/tagged' }, extras, signal: never })
      return metadataOf(opened()).tags({ bucket, key, signal: never })
    }
    expect(await tagsOf('properties/carried', undefined)).toEqual({ old: 'tag' })
    expect(await tagsOf('properties/replaced', { tags: { new: 'one' } })).toEqual({ new: 'one' })
    expect(await tagsOf('properties/none', { tags: {} })).toEqual({})
  })

  it('a copy keeps the attributes unless it is given others', async () => {
    if (traits.has('is-a-directory') || traits.has('drops-headers')) return
    const attributes = { contentType: 'text/html', metadata: { c: 'd' }, expires: 'Thu, 01 Dec 2033 16:00:00 GMT' }
    const key = 'properties/attributes'
    await opened().serverSideCopies.copy({ bucket, key, from: { bucket, key: 'of/plain' }, attributes, signal: never })
    expect((await told(key)).attributes).toEqual(attributes)
  })

  describe('locks', () => {
    let locking: string
    beforeAll(async () => {
      locking = open().fresh()
      await opened().createBucket({ bucket: locking, locks: true, signal: never }).catch(unlessExcused)
    })
    const unlessExcused = (error: unknown): void => {
      if (!traits.has('no-locks')) throw error
    }
    const retention = { mode: 'GOVERNANCE', until: UNTIL } as const

    it('a bucket created with locks reports it and keeps versions; others do not', async () => {
      expect(await metadataOf(opened()).bucketRules({ bucket, signal: never })).toMatchObject({ locks: false, website: false })
      expect(await versionsOf(opened()).versioning({ bucket, signal: never })).toBe('none')
      if (traits.has('no-locks')) return
      expect(await metadataOf(opened()).bucketRules({ bucket: locking, signal: never })).toMatchObject({
        locks: true,
        website: false,
      })
      if (!traits.has('no-versions'))
        expect(await versionsOf(opened()).versioning({ bucket: locking, signal: never })).toBe('kept')
    })

    it('are set when an object is written, or afterwards', async () => {
      if (traits.has('no-locks')) return
      const object = { bucket: locking, attributes: ATTRIBUTES, body: BODY, size: BODY.length, signal: never }
      await opened().put({ ...object, key: 'at once', extras: { retention, legalHold: true } })
      const { versionId } = await opened().put({ ...object, key: 'later' })
      await metadataOf(opened()).lock({ bucket: locking, key: 'later', versionId, retention, legalHold: true, signal: never })
      for (const key of ['at once', 'later']) {
        const { properties } = await opened().head({ bucket: locking, key, signal: never })
        expect(properties).toMatchObject({ retention, legalHold: true })
      }
    })

    it('are refused in a bucket without them', async () => {
      if (traits.has('no-locks') || traits.has('locks-anywhere')) return
      const locked = metadataOf(opened()).lock({ bucket, key: 'of/plain', retention, signal: never })
      await expect(locked).rejects.toMatchObject({ failure: { kind: 'permanent' } })
    })
  })
}
