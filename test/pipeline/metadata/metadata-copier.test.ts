import { describe, expect, it } from '@jest/globals'
import type { SyncEvent } from '../../../src/pipeline/events/events.js'
import { KEEP, type MetadataPolicy } from '../../../src/pipeline/plan/metadata-policy.js'
import type { ObjectAttributes } from '../../../src/pipeline/ports/objects.js'
import type { Extras, Loss } from '../../../src/pipeline/ports/object-metadata.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { failureOf, MemoryStore, type MemoryStoreOptions } from '../../support/memory-store.js'
import { ofType, VirtualWorld } from '../harness.js'

const UNTIL = Date.UTC(2100, 0, 1)
const LOCKED = { retention: { mode: 'GOVERNANCE', until: UNTIL }, legalHold: true } as const
const ATTRIBUTES: ObjectAttributes = { metadata: { title: 'a' }, cacheControl: 'no-store' }
const DROPPED = 'the target does not keep it'

type Seed = Parameters<MemoryStore['seed']>[3]

/** Copies `objects` from a bucket to an empty one. */
async function copy(
  objects: Readonly<Record<string, Seed>>,
  { target = {}, source = {}, metadataPolicy = {}, content, ...plan }: Partial<Omit<SyncPlan, keyof Options>> & Options = {},
) {
  const here = new MemoryStore(source)
  for (const [key, more] of Object.entries(objects)) here.seed('media', key, content ?? `content of ${key}`, more)
  const there = target instanceof MemoryStore ? target : new MemoryStore(target)
  there.seed('media', 'x', '').remove('media', 'x')
  return told(new VirtualWorld(here, there), { ...plan, metadataPolicy: { ...KEEP, ...metadataPolicy } })
}

interface Options {
  readonly target?: MemoryStoreOptions | MemoryStore
  readonly source?: MemoryStoreOptions
  readonly metadataPolicy?: Partial<MetadataPolicy>
  /** Of each object. */
  readonly content?: string
}

/** Objects that are too large to be gathered are copied in parts. */
const IN_PARTS = { partThreshold: 2 ** 20, content: 'x'.repeat(2 ** 20 + 1) }

async function told(world: VirtualWorld, plan: Partial<SyncPlan>) {
  const { source, target } = world.stores
  const events = await world.run(plan)
  return {
    events,
    copied: ofType(events, 'object-copied').length,
    /** For both stores together: on a server-side copy they are the same. */
    asked: (method: Parameters<typeof target.calls.get>[0]) =>
      (target.calls.get(method) ?? 0) + (source === target ? 0 : (source.calls.get(method) ?? 0)),
    atTarget: (method: Parameters<typeof target.calls.get>[0]) => target.calls.get(method) ?? 0,
    losses: lossesOf(events),
    object: (key: string) => target.object('media', key),
  }
}

/** `property (why)`, by object. */
const lossesOf = (events: readonly SyncEvent[]): Record<string, string[]> =>
  Object.fromEntries(ofType(events, 'properties-lost').map(({ key, losses }) => [key, losses.map(inWords)]))
const inWords = ({ property, why }: Loss): string => `${property} (${why})`

const many = (count: number, more: Seed): Record<string, Seed> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`o-${i}`, more]))

const refusing = (has: (extras: Extras) => boolean, code: string, message = code, status = 400): MemoryStoreOptions => ({
  refuses: (extras) => (has(extras) ? { ...failureOf('permanent', code, 'PutObject', status), message } : undefined),
})

describe('what a target supports', () => {
  it('is learned with one HEAD for all objects with the same features', async () => {
    const { copied, atTarget, losses } = await copy(
      many(50, { attributes: ATTRIBUTES, properties: { storageClass: 'STANDARD_IA' } }),
    )
    expect([copied, atTarget('head'), losses]).toEqual([50, 1, {}])
  })

  it('needs no extra request if objects are plain', async () => {
    const { copied, asked } = await copy(many(50, {}))
    expect([copied, asked('head'), asked('tags'), asked('acl'), asked('bucketRules')]).toEqual([50, 0, 0, 0, 0])
  })

  it('is learned by one worker while the others wait', async () => {
    const { copied, atTarget, losses } = await copy(many(50, { tags: { a: 'b' } }), {
      workers: 50,
      target: { keeps: () => ({}) },
    })
    expect([copied, atTarget('head'), atTarget('tags')]).toEqual([50, 1, 1])
    expect(Object.values(losses)).toEqual(Array.from({ length: 50 }, () => [`tags (${DROPPED})`]))
  })

  it('if that worker fails, only its own object is tried again', async () => {
    const target = new MemoryStore({ keeps: () => ({}) })
    target.failing('head', (_call, count) =>
      count === 1 ? failureOf('transient', 'InternalError', 'HeadObject', 500) : undefined,
    )
    const { copied, atTarget, events } = await copy(many(20, { tags: { a: 'b' } }), { workers: 20, target })
    expect([copied, atTarget('head')]).toEqual([20, 2])
    expect(ofType(events, 'attempt-failed')).toHaveLength(1)
  })

  it('metadata that it drops silently is reported for each object', async () => {
    const { losses } = await copy(
      {
        a: { tags: { a: 'b' }, properties: { storageClass: 'GLACIER_IR', redirect: '/' } },
        b: { properties: { redirect: '/' } },
        c: {},
      },
      { target: { keeps: ({ tags }) => (tags ? { tags } : {}) } },
    )
    expect(losses).toEqual({ a: [`storage-class (${DROPPED})`, `redirect (${DROPPED})`], b: [`redirect (${DROPPED})`] })
  })

  it('metadata that may not be read counts as supported', async () => {
    const target = new MemoryStore({ keeps: () => ({}) })
    target.failing('head', () => failureOf('permanent', 'AccessDenied', 'HeadObject', 403))
    const { copied, atTarget, losses } = await copy(many(10, { tags: { a: 'b' } }), { target })
    expect([copied, atTarget('head'), losses]).toEqual([10, 1, {}])
  })

  it('a copy that is missing when it is checked has failed', async () => {
    const target = new MemoryStore()
    target.failing('head', () => failureOf('permanent', 'NoSuchKey', 'HeadObject', 404))
    const { events } = await copy({ a: { tags: { a: 'b' } } }, { target })
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'a', failure: { code: 'NoSuchKey', side: 'target' } }])
  })

  it('files support none of it: that is reported without a request', async () => {
    const { atTarget, losses } = await copy(
      {
        a: { attributes: { metadata: { mtime: '1', title: 'a' } }, tags: { a: 'b' } },
        b: { attributes: { metadata: { mtime: '1' } } },
      },
      { target: { traits: { seeks: true, holdsFolders: false }, hasNoMetadata: true } },
    )
    const why = 'a file has no such thing'
    expect([atTarget('head'), losses]).toEqual([0, { a: [`metadata (${why})`, `tags (${why})`] }])
  })

  const FILES: MemoryStoreOptions = { traits: { seeks: true, holdsFolders: false }, hasNoMetadata: true }
  const EXPECTED_OF_NO_FILE: Seed = {
    checksums: [{ algorithm: 'SHA256', value: 'x' }],
    properties: { ...LOCKED, storageClass: 'STANDARD_IA', encryption: { algorithm: 'aws:kms' }, redirect: '/' },
  }
  it.each([
    ['in one piece', {}],
    ['in parts', IN_PARTS],
    ['in a dry run', { dryRun: true }],
    ['under --strict', { metadataPolicy: { strict: true } }],
  ])('metadata that files are known to lack is not a loss: %s', async (_how, plan) => {
    const objects = { a: EXPECTED_OF_NO_FILE, b: { ...EXPECTED_OF_NO_FILE, checksums: [], isComposite: true } } as const
    const { events, losses } = await copy(objects, { target: FILES, ...plan })
    expect([losses, ofType(events, 'sample-taken').flatMap(({ losing }) => losing)]).toEqual([{}, []])
    expect(ofType(events, 'object-failed')).toEqual([])
  })

  it('metadata that the user requested and files lack is a loss', async () => {
    const acl = { canned: 'public-read' } as const
    const { losses } = await copy({ a: { acl } }, { target: FILES, metadataPolicy: { acl: 'copy' } })
    expect(losses).toEqual({ a: ['acl (a file has no such thing)'] })
  })
})

describe('a refusal by the target', () => {
  it('that names a feature: it is omitted from then on, and reported as lost', async () => {
    const target = refusing(({ storageClass }) => storageClass === 'GLACIER_IR', 'InvalidStorageClass')
    const { copied, atTarget, losses, object } = await copy(
      { a: { properties: { storageClass: 'GLACIER_IR', redirect: '/' } }, b: { properties: { storageClass: 'GLACIER_IR' } } },
      { target, workers: 1 },
    )
    expect([copied, atTarget('put')]).toEqual([2, 3])
    expect(losses).toEqual({
      a: ['storage-class (refused: InvalidStorageClass)'],
      b: ['storage-class (refused: InvalidStorageClass)'],
    })
    expect(object('a')?.properties).toEqual({ redirect: '/' })
  })

  it('that names a feature, for many writes at once: each succeeds at its second attempt', async () => {
    const target = refusing(({ storageClass }) => storageClass !== undefined, 'InvalidStorageClass')
    const { copied, losses, events } = await copy(many(30, { properties: { storageClass: 'X' } }), { target, workers: 30 })
    expect([copied, Object.keys(losses).length, ofType(events, 'object-failed')]).toEqual([30, 30, []])
  })

  it('of one storage class does not apply to others', async () => {
    const target = refusing(({ storageClass }) => storageClass === 'GLACIER_IR', 'InvalidStorageClass')
    const { losses, object } = await copy(
      { a: { properties: { storageClass: 'GLACIER_IR' } }, b: { properties: { storageClass: 'STANDARD_IA' } } },
      { target },
    )
    expect([Object.keys(losses), object('b')?.properties]).toEqual([['a'], { storageClass: 'STANDARD_IA' }])
  })

  it('of some tags does not apply to others', async () => {
    const target = refusing(({ tags }) => tags?.['a'] === 'ü', 'InvalidTag')
    const { losses, object } = await copy({ a: { tags: { a: 'ü' } }, b: { tags: { a: 'b' } } }, { target, workers: 1 })
    expect([losses, object('b')?.tags]).toEqual([{ a: ['tags (refused: InvalidTag)'] }, { a: 'b' }])
  })

  it('of one set of tags is that object’s: those of the others are copied', async () => {
    const target = refusing(({ tags }) => tags?.['a'] === 'refused', 'InvalidTag')
    const { losses, object } = await copy(
      { a: { tags: { a: 'refused' } }, ...many(5, { tags: { a: 'b' } }) },
      { target, workers: 1 },
    )
    expect(losses).toEqual({ a: ['tags (refused: InvalidTag)'] })
    expect(Array.from({ length: 5 }, (_, i) => object(`o-${i}`)?.tags)).toEqual(Array.from({ length: 5 }, () => ({ a: 'b' })))
  })

  it('of one set of tags after others were accepted never ends them', async () => {
    const target = refusing(({ tags }) => tags?.['a'] === 'refused', 'InvalidTag')
    const objects = { a: { tags: { a: 'b' } }, ...many(5, { tags: { a: 'refused' } }), z: { tags: { a: 'b' } } }
    const { losses, object } = await copy(objects, { target, workers: 1 })
    expect(Object.keys(losses)).toHaveLength(5)
    expect(object('z')?.tags).toEqual({ a: 'b' })
  })

  it('that names nothing: features are omitted, and recorded as refused when three writes succeed without them', async () => {
    const target = refusing(({ tags }) => tags !== undefined, 'InvalidArgument')
    const { copied, atTarget, losses } = await copy(many(10, { tags: { a: 'b' } }), { target, workers: 1 })
    expect([copied, atTarget('put')]).toEqual([10, 13])
    expect(Object.values(losses)).toEqual(Array.from({ length: 10 }, () => ['tags (refused: InvalidArgument)']))
  })

  it('that names nothing, for another reason, does not affect other objects', async () => {
    const target = new MemoryStore()
    target.failing('put', ({ key }) => (key === 'o-3' ? failureOf('permanent', 'AccessDenied', 'PutObject', 403) : undefined))
    const { copied, losses, events, object } = await copy(many(10, { tags: { a: 'b' } }), { target, workers: 10 })
    expect([copied, losses]).toEqual([9, {}])
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'o-3', attempts: 1, failure: { code: 'AccessDenied' } }])
    expect(object('o-9')?.tags).toEqual({ a: 'b' })
  })

  it('of an encryption that the target then sets by itself is no loss: its answer shows it', async () => {
    const encryption = { algorithm: 'aws:kms', keyId: 'k' } as const
    const target: MemoryStoreOptions = {
      ...refusing((extras) => extras.encryption !== undefined, 'InvalidArgument', 'x-amz-server-side-encryption is not allowed'),
      keeps: (extras) => ({ ...extras, encryption }),
    }
    const { copied, losses } = await copy(many(3, { properties: { encryption } }), { target })
    expect([copied, losses]).toEqual([3, {}])
  })

  it('of a lock after the write is reported as lost', async () => {
    const target = refusing(
      ({ retention }) => retention !== undefined,
      'InvalidRequest',
      'Bucket is missing Object Lock Configuration',
    )
    const { copied, losses } = await copy({ a: { properties: LOCKED } }, { target })
    const why = 'refused: InvalidRequest'
    expect([copied, losses]).toEqual([1, { a: [`retention (${why})`, `legal-hold (${why})`] }])
  })
})

describe('tags that are longer than a header of a write may be', () => {
  const LONG = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`key-${i}`, 'ä'.repeat(40)]))
  const SHORT = { a: 'b' }

  it('are set after the write; shorter ones with it', async () => {
    const target = new MemoryStore()
    const { copied, atTarget, losses, object } = await copy({ long: { tags: LONG }, short: { tags: SHORT } }, { target })
    expect([copied, atTarget('putTags'), losses]).toEqual([2, 1, {}])
    expect([object('long')?.tags, object('short')?.tags]).toEqual([LONG, SHORT])
  })

  it('are also set after an upload in parts', async () => {
    const target = new MemoryStore()
    const { copied, atTarget, losses, object } = await copy({ long: { tags: LONG } }, { target, ...IN_PARTS })
    expect([copied, atTarget('completeUpload'), atTarget('putTags'), losses]).toEqual([1, 1, 1, {}])
    expect(object('long')?.tags).toEqual(LONG)
  })

  it('that the target refuses are the loss of that object only', async () => {
    const target = refusing(({ tags }) => tags?.['key-0'] !== undefined, 'InvalidTag')
    const { copied, losses, object } = await copy({ a: { tags: LONG }, b: { tags: SHORT } }, { target, workers: 1 })
    expect([copied, losses]).toEqual([2, { a: ['tags (refused: InvalidTag)'] }])
    expect(object('b')?.tags).toEqual(SHORT)
  })

  it('that the target refuses keep their own reason beside another refusal', async () => {
    const target: MemoryStoreOptions = {
      refuses: ({ tags, redirect }) =>
        redirect !== undefined
          ? { ...failureOf('permanent', 'InvalidRedirect', 'PutObject', 400), message: 'x-amz-website-redirect-location' }
          : tags && failureOf('permanent', 'InvalidTag', 'PutObjectTagging', 400),
    }
    const { losses } = await copy({ a: { tags: LONG, properties: { redirect: '/there' } } }, { target })
    expect(losses).toEqual({ a: ['redirect (refused: InvalidRedirect)', 'tags (refused: InvalidTag)'] })
  })

  it('fail the object with --strict', async () => {
    const target = refusing(({ tags }) => tags !== undefined, 'InvalidTag')
    const { events } = await copy({ a: { tags: LONG } }, { target, metadataPolicy: { strict: true } })
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'a', failure: { code: 'PropertyLost' } }])
  })

  it('are tried again with the object while the target is down', async () => {
    const target = new MemoryStore()
    target.failing('putTags', (_call, count) =>
      count === 1 ? failureOf('transient', 'InternalError', 'PutObjectTagging', 500) : undefined,
    )
    const { copied, atTarget, losses } = await copy({ a: { tags: LONG } }, { target })
    expect([copied, atTarget('putTags'), losses]).toEqual([1, 2, {}])
  })
})

describe('metadata that a source does not return', () => {
  it('is lost and reported: the bytes are copied', async () => {
    const world = new VirtualWorld()
    world.stores.source.seed('media', 'a', 'a', { tags: { a: 'b' }, acl: { canned: 'public-read' } })
    world.stores.source.failing('tags', () => failureOf('permanent', 'AccessDenied', 'GetObjectTagging', 403))
    world.stores.source.failing('acl', () => failureOf('transient', 'NotImplemented', 'GetObjectAcl', 501))
    const { copied, losses } = await told(world, { metadataPolicy: { ...KEEP, acl: 'copy' } })
    expect(copied).toBe(1)
    expect(losses).toEqual({
      a: ['tags (the source does not tell it: AccessDenied)', 'acl (the source does not tell it: NotImplemented)'],
    })
  })

  it('a composite checksum is not copied: reported without a request', async () => {
    const { losses, asked } = await copy({ a: { isComposite: true } })
    expect([losses, asked('head')]).toEqual([{ a: ['checksum (composite checksum, cannot be copied)'] }, 0])
  })
})

describe('--strict', () => {
  const strict = { metadataPolicy: { strict: true } }

  it.each<[string, MemoryStoreOptions, puts: number]>([
    ['refused by name', refusing(({ tags }) => tags !== undefined, 'InvalidTag'), 1],
    ['refused without a name', refusing(({ tags }) => tags !== undefined, 'InvalidArgument'), 2],
    ['forgotten', { keeps: () => ({}) }, 1],
  ])('an object that loses something, %s, fails without a retry', async (_how, target, puts) => {
    const { events, copied, atTarget, losses } = await copy({ a: { tags: { a: 'b' } } }, { target, ...strict })
    expect([copied, atTarget('put'), losses]).toEqual([0, puts, {}])
    expect(ofType(events, 'attempt-failed')).toEqual([])
    expect(ofType(events, 'object-failed')).toMatchObject([
      { key: 'a', attempts: 1, failure: { code: 'PropertyLost', kind: 'permanent' } },
    ])
  })

  it('an object whose loss is known in advance is not written', async () => {
    const { events, atTarget } = await copy({ a: { isComposite: true } }, strict)
    expect(atTarget('put')).toBe(0)
    expect(ofType(events, 'object-failed')).toMatchObject([{ failure: { code: 'PropertyLost', message: /^checksum \(/ } }])
  })
})

describe('user settings', () => {
  it('--tags off: no tags are read, copied or lost', async () => {
    const { asked, losses, object } = await copy({ a: { tags: { a: 'b' } } }, { metadataPolicy: { tags: false } })
    expect([object('a')?.tags, asked('tags'), losses]).toEqual([undefined, 0, {}])
  })

  it('--storage-class: the mapped class is the expected one', async () => {
    const { losses, object } = await copy(
      { a: { properties: { storageClass: 'STANDARD_IA' } }, b: {} },
      { metadataPolicy: { storageClass: { STANDARD_IA: 'ONEZONE_IA' } } },
    )
    expect([object('a')?.properties, object('b')?.properties, losses]).toEqual([{ storageClass: 'ONEZONE_IA' }, {}, {}])
  })

  it('--acl with a canned ACL that is returned as other grants is no loss', async () => {
    const { losses } = await copy(many(3, {}), {
      metadataPolicy: { acl: { canned: 'bucket-owner-full-control' } },
      target: { keeps: () => ({}) },
    })
    expect(losses).toEqual({})
  })
})
