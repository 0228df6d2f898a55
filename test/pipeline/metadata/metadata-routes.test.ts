import { describe, expect, it, jest } from '@jest/globals'
import { take, toArray } from 'rxjs'
import type { Failure } from '../../../src/pipeline/ports/failure.js'
import type { SyncEvent } from '../../../src/pipeline/events/events.js'
import { KEEP, type MetadataPolicy } from '../../../src/pipeline/plan/metadata-policy.js'
import type { BucketRules } from '../../../src/pipeline/ports/store-facets.js'
import type { Properties } from '../../../src/pipeline/ports/object-metadata.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { failureOf, MemoryStore, type MemoryStoreOptions } from '../../support/memory-store.js'
import { eventsOf, MemoryJournal, ofType, pair, PLAN, resumedFrom, VirtualWorld } from '../harness.js'

/** Metadata must be preserved by every route: streamed, in parts, by server-side copy, and by a resume. */
const LOCKED: Properties = { retention: { mode: 'COMPLIANCE', until: Date.UTC(2100, 0, 1) }, legalHold: true }
const IN_PARTS = { partThreshold: 2 ** 20, partSize: 5 * 2 ** 20, largestCopy: 2 ** 20 }
/** Too large to be gathered. */
const LARGE = 'x'.repeat(2 ** 20 + 1)

type Seed = Parameters<MemoryStore['seed']>[3]

const metadataPolicy = (more: Partial<MetadataPolicy>): MetadataPolicy => ({ ...KEEP, ...more })

const count = (store: MemoryStore, method: Parameters<MemoryStore['failing']>[0]): number => store.calls.get(method) ?? 0

describe('a locked object', () => {
  it.each<[way: string, Partial<SyncPlan>, method: 'put' | 'createUpload']>([
    ['a stream whose digest nobody knows', {}, 'put'],
    ['in parts', IN_PARTS, 'createUpload'],
  ])('%s: is locked after the write', async (_way, plan, method) => {
    const world = new VirtualWorld(new MemoryStore({ md5: false }).seed('media', 'a', LARGE, { properties: LOCKED }))
    const [puts, uploads, locks] = [
      jest.spyOn(world.stores.target, 'put'),
      jest.spyOn(world.stores.target, 'createUpload'),
      jest.spyOn(world.stores.target, 'lock'),
    ]
    const events = await world.run(plan)
    expect([...puts.mock.calls, ...uploads.mock.calls].map(([{ extras }]) => extras)).toEqual([{}])
    expect(count(world.stores.target, method)).toBe(1)
    expect(locks.mock.calls).toMatchObject([[{ key: 'a', ...LOCKED }]])
    expect(world.stores.target.object('media', 'a')?.properties).toEqual(LOCKED)
    expect(ofType(events, 'properties-lost')).toEqual([])
  })

  it('with a known digest: is locked by the write', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'a', { properties: LOCKED }))
    await world.run()
    expect(count(world.stores.target, 'lock')).toBe(0)
    expect(world.stores.target.object('media', 'a')?.properties).toEqual(LOCKED)
  })

  it('--locks off: is not locked, and nothing is lost', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'a', { properties: LOCKED }))
    const events = await world.run({ metadataPolicy: metadataPolicy({ locks: false }) })
    expect(world.stores.target.object('media', 'a')?.properties).toEqual({})
    expect(ofType(events, 'properties-lost')).toEqual([])
  })
})

describe('an ETag that is not an MD5', () => {
  it.each(['aws:kms', 'customer'] as const)(
    'of an object with %s is not announced, and not compared with the copy’s',
    async (algorithm) => {
      const seed: Seed = { etag: 'f'.repeat(32), properties: { encryption: { algorithm } } }
      const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'a', seed))
      const puts = jest.spyOn(world.stores.target, 'put')
      const events = await world.run()
      expect(puts.mock.calls).toMatchObject([[{ md5: undefined }]])
      // Nothing is read back, and the ETags of other objects remain proofs.
      expect([count(world.stores.source, 'get'), count(world.stores.target, 'get')]).toEqual([1, 0])
      expect(ofType(events, 'object-copied')).toHaveLength(1)
    },
  )
})

describe('ETags that are no MD5s and differ', () => {
  const sealed = (etag: string): Seed => ({ etag: etag.repeat(32), properties: { encryption: { algorithm: 'aws:kms' } } })
  const kms: BucketRules = { locks: false, website: false, encryption: { algorithm: 'aws:kms' } }
  const world = (there: Seed, rules?: BucketRules) => {
    const stores = [new MemoryStore(), new MemoryStore(rules && { rules })] as const
    for (const key of ['a', 'b', 'c']) {
      stores[0].seed('media', key, 'same', key === 'a' ? sealed('1') : {})
      stores[1].seed('media', key, 'same', key === 'a' ? there : {})
    }
    return new VirtualWorld(...stores)
  }

  it.each([
    ['where the bucket encrypts all of its objects, two are looked at', kms, 1],
    ['where only some are encrypted, each whose ETags differ is', undefined, 2],
  ] as const)('prove nothing, but a newer copy does: %s', async (_where, rules, looks) => {
    const same = world(sealed('2'), rules)
    const events = await same.run()
    expect(ofType(events, 'object-copied')).toEqual([])
    expect([count(same.stores.source, 'head'), count(same.stores.target, 'head')]).toEqual([looks, looks])
  })

  it('are checked again if the first check fails, and the failure is reported', async () => {
    const same = world(sealed('2'), kms)
    const busy: Failure = { kind: 'transient', operation: 'HeadObject', code: 'ServiceUnavailable', status: 503, message: 'busy' }
    same.stores.source.failing('head', (_call, times) => (times === 1 ? busy : undefined))
    const events = await same.run()
    expect(ofType(events, 'object-copied')).toEqual([])
    expect(ofType(events, 'attempt-failed')).toMatchObject([{ key: 'a', failure: { code: 'ServiceUnavailable' } }])
  })

  it('of a server with arbitrary ETags are detected by reading one object with a newer copy', async () => {
    const source = new MemoryStore()
      .seed('media', 'a', 'same', { etag: '1'.repeat(32) })
      .seed('media', 'b', 'same', { etag: '2'.repeat(32) })
    const target = new MemoryStore()
      .seed('media', 'a', 'same', { etag: '3'.repeat(32) })
      .seed('media', 'b', 'same', { etag: '4'.repeat(32) })
    const odd = new VirtualWorld(source, target)
    expect(ofType(await odd.run(), 'object-copied')).toEqual([])
    expect([count(source, 'get'), count(target, 'get')]).toEqual([1, 1])
  })

  it('of objects that the server can read prove a difference', async () => {
    const other = new VirtualWorld(new MemoryStore(), new MemoryStore())
    for (const key of ['a', 'b', 'c']) {
      other.stores.source.seed('media', key, 'this')
      other.stores.target.seed('media', key, 'that')
    }
    const events = await other.run()
    expect(ofType(events, 'object-copied').map(({ reason }) => reason)).toEqual(['etag', 'etag', 'etag'])
    expect([count(other.stores.source, 'head'), count(other.stores.target, 'head')]).toEqual([1, 1])
  })
})

describe('server-side copies', () => {
  const plan = { serverSideCopy: true, pairs: [pair('here', 'there')] }
  /** One store, and the copies that it is asked to make. */
  function given(objects: Readonly<Record<string, Seed>>, rules: Partial<BucketRules> = {}, options: MemoryStoreOptions = {}) {
    const store = new MemoryStore({ rules: { locks: false, website: false, ...rules }, ...options })
    for (const [key, more] of Object.entries(objects)) store.seed('here', key, `content of ${key}`, more)
    return { store, world: new VirtualWorld(store, store), copies: jest.spyOn(store, 'copy').mock.calls }
  }
  const lost = (events: readonly SyncEvent[]) =>
    ofType(events, 'properties-lost').map(({ key, losses }) => [key, losses.map(({ property }) => property)])
  const three = (more: Seed): Record<string, Seed> => ({ a: more, b: more, c: more })

  it('of objects without further metadata in their bucket: only one needs a HEAD', async () => {
    const { store, world, copies } = given(three({ tags: { a: 'b' } }))
    await world.run(plan)
    expect([count(store, 'head'), count(store, 'tags'), copies.map(([{ extras }]) => extras)]).toEqual([
      1,
      0,
      Array(3).fill(undefined),
    ])
    expect(store.object('there', 'c')?.tags).toEqual({ a: 'b' })
  })

  it('set the storage class from the listing', async () => {
    const { store, world } = given(three({ properties: { storageClass: 'STANDARD_IA' } }))
    await world.run(plan)
    expect(store.object('there', 'b')?.properties).toEqual({ storageClass: 'STANDARD_IA' })
  })

  it.each<[why: string, Seed, Partial<BucketRules>]>([
    ['the bucket locks', { properties: LOCKED }, { locks: true }],
    ['it serves a website', { properties: { redirect: '/' } }, { website: true }],
    ['the first leads elsewhere', { properties: { redirect: '/' } }, {}],
    ['the first is encrypted better than the target does', { properties: { encryption: { algorithm: 'aws:kms' } } }, {}],
  ])('if %s: each object needs a HEAD, and its metadata is set', async (_why, seed, rules) => {
    const { store, world } = given(three(seed), rules)
    const events = await world.run({ ...plan, workers: 1 })
    expect(['a', 'b', 'c'].map((key) => store.object('there', key)?.properties)).toEqual(Array(3).fill(seed?.properties))
    expect(lost(events)).toEqual([])
  })

  it('a later object is encrypted better than the target does, on a server that knows encryption: its encryption is kept', async () => {
    const encrypted = { properties: { encryption: { algorithm: 'aws:kms' } } } as const
    const { store, world } = given({ a: {}, b: encrypted, c: {} }, { knowsEncryption: true })
    await world.run({ ...plan, workers: 1 })
    expect(store.object('there', 'b')?.properties).toEqual(encrypted.properties)
    expect(count(store, 'head')).toBeGreaterThanOrEqual(3)
  })

  it.each<[why: string, metadata: MetadataPolicy, rules: Partial<BucketRules>]>([
    ['--sse says what to use', metadataPolicy({ encryption: 'target' }), {}],
    ['the target encrypts with a key', metadataPolicy({}), { encryption: { algorithm: 'aws:kms' } }],
  ])('on a server that knows encryption, one HEAD is enough where %s', async (_, metadata, rules) => {
    const { store, world } = given(three({}), { knowsEncryption: true, ...rules })
    await world.run({ ...plan, metadataPolicy: metadata })
    expect(count(store, 'head')).toBe(1)
  })

  it('of an object whose ETag is none because of its encryption, beside others whose ETags are MD5s, are read and found right', async () => {
    const sealed = { etag: 'f'.repeat(32), properties: { encryption: { algorithm: 'customer' } } } as const
    const { world } = given({ a: {}, b: sealed, c: {} })
    const events = await world.run({ ...plan, workers: 1 })
    expect(ofType(events, 'object-failed')).toEqual([])
    expect(ofType(events, 'object-copied').map(({ key, proof }) => [key, proof])).toEqual([
      ['a', 'etag'],
      ['b', 'read-back'],
      ['c', 'etag'],
    ])
  })

  it('the first object cannot be read: it fails alone', async () => {
    const { store, world } = given(three({}))
    store.failing('head', ({ key }) => (key === 'a' ? failureOf('permanent', 'NoSuchKey', 'HeadObject', 404) : undefined))
    const events = await world.run({ ...plan, workers: 3 })
    expect(ofType(events, 'object-failed').map(({ key }) => key)).toEqual(['a'])
    expect(
      ofType(events, 'object-copied')
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['b', 'c'])
  })

  it('tags are copied automatically: no request for them', async () => {
    const { store, world } = given(three({ tags: { a: 'b' }, properties: { redirect: '/' } }))
    await world.run(plan)
    expect([count(store, 'tags'), store.object('there', 'a')?.tags]).toEqual([0, { a: 'b' }])
  })

  it('--tags off: tags are removed', async () => {
    const { store, world, copies } = given(three({ tags: { a: 'b' } }))
    await world.run({ ...plan, metadataPolicy: metadataPolicy({ tags: false }) })
    expect(copies.map(([{ extras }]) => extras)).toEqual(Array(3).fill({ tags: {} }))
    expect(store.object('there', 'a')?.tags).toEqual({})
  })

  it('set Expires, which some servers lose', async () => {
    const attributes = { metadata: { a: 'b' }, expires: 'Thu, 01 Dec 2033 16:00:00 GMT' }
    const { world, copies } = given(three({ attributes }))
    const events = await world.run(plan)
    expect(copies.map(([copy]) => copy.attributes)).toEqual(Array(3).fill(attributes))
    expect(lost(events)).toEqual([])
  })

  it('--strict: each object needs a HEAD, and a loss is a failure', async () => {
    const { world } = given(three({ properties: { redirect: '/' } }), {}, { keeps: () => ({}) })
    const events = await world.run({ ...plan, metadataPolicy: metadataPolicy({ strict: true }) })
    expect(ofType(events, 'object-failed').map(({ failure }) => failure.code)).toEqual(Array(3).fill('PropertyLost'))
    // The server did not refuse the server-side copy.
    expect(ofType(events, 'notice-given')).toEqual([])
  })

  it('in parts: tags are set as well, and locks afterwards', async () => {
    const store = new MemoryStore({ rules: { locks: true, website: false } })
    store.seed('here', 'a', LARGE, { tags: { a: 'b' }, properties: LOCKED })
    const world = new VirtualWorld(store, store)
    await world.run({ ...plan, ...IN_PARTS })
    expect(store.object('there', 'a')).toMatchObject({ tags: { a: 'b' }, properties: LOCKED })
    expect([count(store, 'copyPart'), count(store, 'lock')]).toEqual([1, 1])
  })
})

describe('a resume', () => {
  /** A run that was killed after its decision; the target object was then written without an event. */
  async function resumed(seed: Seed, there: Seed, plan: Partial<SyncPlan> = {}, options: MemoryStoreOptions = {}) {
    const target = new MemoryStore(options).seed('media', 'x', '')
    target.remove('media', 'x')
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'a', seed), target)
    const journal = new MemoryJournal()
    world.journal = journal
    await world.settle(eventsOf({ ...PLAN, ...plan }, world).pipe(take(2), toArray()))
    target.seed('media', 'a', 'a', there)
    world.resumed = resumedFrom(journal)
    const events = await world.settle(eventsOf({ ...PLAN, ...plan }, world).pipe(toArray()))
    return {
      target,
      events,
      reasons: [...ofType(events, 'object-copied'), ...ofType(events, 'object-skipped')].map((e) => e.reason),
    }
  }

  it.each<[what: string, Seed]>([
    ['a lock', { properties: LOCKED }],
    ['tags', { tags: { a: 'b' } }],
    ['a class', { properties: { storageClass: 'STANDARD_IA' } }],
  ])('copies an object again that was written without %s', async (_what, seed) => {
    const { target, reasons } = await resumed(seed, {})
    expect(reasons).toEqual(['properties'])
    expect(target.object('media', 'a')).toMatchObject(seed ?? {})
  })

  it('skips an object that was written with all metadata', async () => {
    const seed: Seed = { properties: LOCKED, tags: { a: 'b' }, attributes: { metadata: { a: 'b' } } }
    expect((await resumed(seed, seed)).reasons).toEqual(['unchanged'])
  })

  it('--strict: an object that failed for a loss fails again, and does not count as unchanged', async () => {
    const strict = { metadataPolicy: metadataPolicy({ strict: true }) }
    const { events } = await resumed({ tags: { a: 'b' } }, {}, strict, { keeps: () => ({}) })
    expect(ofType(events, 'object-failed')).toMatchObject([{ failure: { code: 'PropertyLost' } }])
  })
})
