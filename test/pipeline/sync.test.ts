import { describe, expect, it } from '@jest/globals'
import { of, Subject } from 'rxjs'
import { StoreError } from '../../src/pipeline/ports/failure.js'
import { compareKeys } from '../../src/pipeline/ports/key-order.js'
import { evolve, initialState, overall } from '../../src/pipeline/state/run-state.js'
import type { SyncEvent } from '../../src/pipeline/events/events.js'
import { summarize } from '../../src/pipeline/state/summary.js'
import { failureOf, MemoryStore } from '../support/memory-store.js'
import { ofType, pair, place, VirtualWorld } from './harness.js'

const summary = (events: readonly SyncEvent[]) => summarize(events.reduce(evolve, initialState), 0)
const totals = (events: readonly SyncEvent[]) => overall(events.reduce(evolve, initialState))
const types = (events: readonly SyncEvent[]) => events.map(({ type }) => type)

describe('with a source and no target bucket', () => {
  it('the bucket is created, everything is copied, and the events are in order', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'one').seed('media', 'b', 'two'))
    const events = await world.run()
    expect(types(events)).toEqual([
      'run-started',
      'bucket-created',
      'page-decided',
      'shard-listed',
      'object-copied',
      'object-copied',
      'pair-completed',
      'run-finished',
    ])
    expect(world.stores.target.contents('media')).toEqual({ a: 'one', b: 'two' })
    expect(totals(events)).toMatchObject({ listed: 2, copied: 2, bytesCopied: 6, reasons: { new: 2 } })
  })

  it('a second run copies nothing and reads nothing', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'one'))
    await world.run()
    world.stores.source.calls.clear()
    const events = await world.run()
    expect(totals(events)).toMatchObject({ listed: 1, copied: 0, skipped: 1, reasons: { unchanged: 1 } })
    expect(world.stores.source.calls.get('get')).toBeUndefined()
  })

  it('a dry run reports what it would copy, writes nothing and creates no bucket', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'one'))
    const events = await world.run({ dryRun: true })
    expect(ofType(events, 'copy-planned')).toMatchObject([{ key: 'a', reason: 'new', size: 3 }])
    expect(summary(events)).toMatchObject({ status: 'dry-run', exitCode: 0 })
    expect(world.stores.target.contents('media')).toBeUndefined()
  })

  it('the target bucket is not created if the source bucket is missing: the shard fails, other pairs continue', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('other', 'a', 'one'))
    const events = await world.run({ pairs: [pair('media'), pair('other')] })
    expect(ofType(events, 'shard-failed')).toMatchObject([{ failure: { code: 'NoSuchBucket', side: 'source' } }])
    expect(world.stores.target.contents('media')).toBeUndefined()
    expect(world.stores.target.contents('other')).toEqual({ a: 'one' })
    expect(summary(events)).toMatchObject({ status: 'failed', exitCode: 3 })
  })
})

describe('with prefixes at source and target', () => {
  it('the source prefix is replaced by the target prefix, also for the object named by it', async () => {
    const source = new MemoryStore().seed('b', 'x', 'self').seed('b', 'x/k', 'below').seed('b', 'xy', 'beside')
    const world = new VirtualWorld(source)
    await world.run({ pairs: [{ source: place('b', 'x', true), target: place('c', 'y', true) }] })
    expect(world.stores.target.contents('c')).toEqual({ y: 'self', 'y/k': 'below' })
  })

  it('an object without a name below an empty target prefix is skipped for that reason', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('b', 'x', 'self').seed('b', 'x/k', 'below'))
    const events = await world.run({ pairs: [{ source: place('b', 'x', true), target: place('c') }] })
    expect(world.stores.target.contents('c')).toEqual({ k: 'below' })
    expect(totals(events).reasons).toEqual({ new: 1, 'no-name': 1 })
  })
})

describe('with a failure', () => {
  const slow = failureOf('transient', 'InternalError', 'GetObject', 500)

  it('that is temporary: the object is retried after 2, 4 and 8 s, and the success after retries is reported', async () => {
    const source = new MemoryStore().seed('media', 'a', 'one')
    source.failing('get', (_call, count) => (count <= 3 ? slow : undefined))
    const world = new VirtualWorld(source)
    const events = await world.run()
    expect(ofType(events, 'attempt-failed').map(({ attempt, waitMs, at }) => [attempt, waitMs, at])).toEqual([
      [1, 2_000, 0],
      [2, 4_000, 2_000],
      [3, 8_000, 6_000],
    ])
    expect(ofType(events, 'object-copied')).toMatchObject([{ key: 'a', attempts: 4, at: 14_000 }])
    expect(totals(events)).toMatchObject({ copied: 1, retries: 3, recovered: 1, failed: 0 })
  })

  it('that is permanent: the object fails after six attempts, the others are copied, the exit code is 1', async () => {
    const source = new MemoryStore().seed('media', 'a', 'one').seed('media', 'bad', 'two').seed('media', 'z', 'three')
    source.failing('get', ({ key }) => (key === 'bad' ? slow : undefined))
    const world = new VirtualWorld(source)
    const events = await world.run()
    expect(ofType(events, 'object-failed')).toMatchObject([
      { key: 'bad', attempts: 6, failure: { code: 'InternalError', side: 'source' } },
    ])
    expect(ofType(events, 'attempt-failed').map(({ waitMs }) => waitMs)).toEqual([2_000, 4_000, 8_000, 16_000, 32_000])
    expect(world.stores.target.contents('media')).toEqual({ a: 'one', z: 'three' })
    expect(summary(events)).toMatchObject({ status: 'partial', exitCode: 1 })
  })

  it('that no retry can fix: the object is not retried', async () => {
    const source = new MemoryStore().seed('media', 'a', 'one')
    source.failing('get', () => failureOf('permanent', 'AccessDenied'))
    const events = await new VirtualWorld(source).run()
    expect(ofType(events, 'attempt-failed')).toEqual([])
    expect(ofType(events, 'object-failed')).toMatchObject([{ attempts: 1 }])
  })

  it('an object that waits for a retry holds no worker: with one worker, others are copied meanwhile', async () => {
    const source = new MemoryStore().seed('media', 'a', 'one').seed('media', 'b', 'two').seed('media', 'c', 'three')
    source.failing('get', ({ key }, count) => (key === 'a' && count === 1 ? slow : undefined))
    const events = await new VirtualWorld(source).run({ workers: 1 })
    expect(ofType(events, 'object-copied').map(({ key, at }) => [key, at])).toEqual([
      ['b', 0],
      ['c', 0],
      ['a', 2_000],
    ])
  })

  it('that means throttling: no retry is used up', async () => {
    const source = new MemoryStore().seed('media', 'a', 'one')
    source.failing('get', (_call, count) => (count <= 8 ? failureOf('throttled', 'SlowDown') : undefined))
    const events = await new VirtualWorld(source).run({ retries: 0 })
    expect(ofType(events, 'object-copied')).toMatchObject([{ attempts: 9 }])
  })

  it('that affects everything: the run stops, with its reason', async () => {
    const source = new MemoryStore().seed('media', 'a', 'one').seed('media', 'b', 'two')
    source.failing('get', () => failureOf('fatal', 'ExpiredToken'))
    const events = await new VirtualWorld(source).run({ workers: 1 })
    expect(ofType(events, 'run-stopped')).toMatchObject([{ cause: 'fatal', failure: { code: 'ExpiredToken' } }])
    expect(types(events).at(-1)).toBe('run-finished')
    expect(summary(events).exitCode).toBe(3)
  })

  it('--max-errors stops the run at that number', async () => {
    const source = new MemoryStore()
    for (let i = 0; i < 20; i++) source.seed('media', `k${i}`, 'x')
    source.failing('get', () => failureOf('permanent', 'AccessDenied'))
    const events = await new VirtualWorld(source).run({ maxErrors: 3, workers: 1 })
    expect(ofType(events, 'object-failed')).toHaveLength(3)
    expect(ofType(events, 'run-stopped')).toMatchObject([{ cause: 'errors' }])
    expect(summary(events)).toMatchObject({ status: 'partial', exitCode: 1 })
  })

  it('of a listing: the page is requested again, and the wait is reported', async () => {
    const source = new MemoryStore({ pageSize: 1 }).seed('media', 'a', 'one').seed('media', 'b', 'two')
    source.failing('listPage', (_call, count) =>
      count === 2 ? failureOf('transient', 'InternalError', 'ListObjectsV2', 500) : undefined,
    )
    const world = new VirtualWorld(source)
    const events = await world.run()
    expect(ofType(events, 'attempt-failed')).toMatchObject([{ attempt: 1, waitMs: 2_000 }])
    expect(world.stores.target.contents('media')).toEqual({ a: 'one', b: 'two' })
  })

  it('of a listing, permanently: what was listed before is copied, the shard fails, the exit code is 3', async () => {
    const source = new MemoryStore({ pageSize: 1 }).seed('media', 'a', 'one').seed('media', 'b', 'two')
    source.failing('listPage', ({ prefix }, count) =>
      prefix === '' && count >= 2 ? failureOf('transient', 'InternalError', 'ListObjectsV2', 500) : undefined,
    )
    const world = new VirtualWorld(source)
    const events = await world.run()
    expect(world.stores.target.contents('media')).toEqual({ a: 'one' })
    expect(ofType(events, 'shard-failed')).toMatchObject([{ failure: { code: 'InternalError', side: 'source' } }])
    expect(summary(events).exitCode).toBe(3)
  })
})

describe('with a source object that differs from the listed one', () => {
  it('changed: its state is read again and the current object is copied', async () => {
    const source = new MemoryStore().seed('media', 'a', 'old')
    source.failing('get', (_call, count) => {
      if (count === 1) source.seed('media', 'a', 'new and longer')
      return undefined
    })
    const world = new VirtualWorld(source)
    const events = await world.run()
    expect(ofType(events, 'attempt-failed')).toMatchObject([{ failure: { kind: 'changed' } }])
    expect(world.stores.target.contents('media')).toEqual({ a: 'new and longer' })
  })

  it('deleted: it is reported as failed', async () => {
    const source = new MemoryStore().seed('media', 'a', 'old').seed('media', 'b', 'stays')
    source.failing('get', ({ key }) => {
      if (key === 'a') source.remove('media', 'a')
      return undefined
    })
    const events = await new VirtualWorld(source).run()
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'a', failure: { code: 'NoSuchKey' } }])
  })
})

describe('with a source that lists no ETags', () => {
  it('a HEAD has them: they prove the bytes, and no second HEAD is needed', async () => {
    const source = new MemoryStore({ listsNoEtags: true }).seed('media', 'a', 'one').seed('media', 'b', 'two')
    const world = new VirtualWorld(source)
    expect(totals(await world.run())).toMatchObject({ copied: 2, proofs: { etag: 2 } })
    expect(source.calls.get('head')).toBe(2)
    expect(totals(await world.run())).toMatchObject({ copied: 0, reasons: { unchanged: 2 } })
  })

  it('an object that is replaced by one of the same size and time while it is read is read again', async () => {
    const source = new MemoryStore({ listsNoEtags: true }).seed('media', 'a', 'old', { lastModified: 1_000 })
    source.failing('get', (_call, count) => {
      if (count === 1) source.seed('media', 'a', 'new', { lastModified: 1_000 })
      return undefined
    })
    const world = new VirtualWorld(source)
    expect(ofType(await world.run(), 'attempt-failed')).toMatchObject([{ failure: { kind: 'changed' } }])
    expect(world.stores.target.contents('media')).toEqual({ a: 'new' })
  })
})

describe('with ETags that are no MD5s', () => {
  it('the first object that does not fit its ETag is judged by two others; none fits, so the pair continues without ETags', async () => {
    const source = new MemoryStore({ md5: false })
    const objects = ['a', 'b', 'c', 'd']
    for (const key of objects) source.seed('media', key, key, { etag: key.repeat(32) })
    const world = new VirtualWorld(source, new MemoryStore())
    const events = await world.run({ workers: 1 })
    expect(totals(events)).toMatchObject({ copied: 4, failed: 0, proofs: { sent: 4 } })
    expect(ofType(events, 'etag-trust-changed')).toMatchObject([{ etags: 'none' }])
    // All four were refused; then one is read twice and gives up, two others are witnesses, read twice each, and all four are copied.
    expect(source.calls.get('get')).toBe(4 + 2 + 4 + 4)
  })

  it('of some objects, found after a changed one: from then on the others are compared, not copied again', async () => {
    const [source, target] = [new MemoryStore(), new MemoryStore()]
    source.seed('media', 'a', 'new', { lastModified: 20_000 })
    target.seed('media', 'a', 'old', { lastModified: 10_000 })
    const sealed = (digit: string) => ({ etag: digit.repeat(32), properties: { encryption: { algorithm: 'aws:kms' } } }) as const
    for (const key of ['k1', 'k2', 'k3', 'k4']) {
      source.seed('media', key, 'same', { lastModified: 10_000, ...sealed('1') })
      target.seed('media', key, 'same', { lastModified: 20_000, ...sealed('2') })
    }
    const events = await new VirtualWorld(source, target).run({ workers: 1 })
    expect(ofType(events, 'object-copied').map(({ key }) => key)).toEqual(['a', 'k1'])
    expect(totals(events)).toMatchObject({ listed: 5, copied: 2, skipped: 3, reasons: { etag: 2, unchanged: 3 } })
  })

  it('wrong bytes at the target are detected, and copied again', async () => {
    const source = new MemoryStore().seed('media', 'a', 'right')
    const target = new MemoryStore()
    const world = new VirtualWorld(source, target)
    const put = target.put.bind(target)
    let first = true
    target.put = async (request) => {
      const { etag } = await put(request)
      if (!first) return { etag }
      first = false
      target.seed('media', 'a', 'wrong')
      return { etag: target.object('media', 'a')?.etag ?? '' }
    }
    const events = await world.run()
    expect(ofType(events, 'attempt-failed')).toMatchObject([{ failure: { code: 'Corrupted' } }])
    expect(target.contents('media')).toEqual({ a: 'right' })
  })
})

describe('with a side that does not list in order', () => {
  const odd = new MemoryStore({ order: (a, b) => a.localeCompare(b), pageSize: 2 })

  it('objects in progress are finished, the pair starts again with sorted listings, and everything is counted once', async () => {
    for (const key of ['B', 'a', 'C', 'd', 'E']) odd.seed('media', key, key)
    const world = new VirtualWorld(odd, new MemoryStore().seed('media', 'a', 'a'))
    const events = await world.run()
    expect(ofType(events, 'shard-restarted')).toMatchObject([{ side: 'source' }])
    expect(world.stores.target.contents('media')).toEqual({ a: 'a', B: 'B', C: 'C', d: 'd', E: 'E' })
    expect(totals(events)).toMatchObject({ listed: 5, copied: 4, skipped: 1, failed: 0, reasons: { new: 4, unchanged: 1 } })
  })

  it('also in a dry run', async () => {
    const world = new VirtualWorld(odd, new MemoryStore().seed('media', 'a', 'a'))
    expect(totals(await world.run({ dryRun: true }))).toMatchObject({ listed: 5, copied: 4, skipped: 1 })
  })

  it('that also names a key twice: its pages may omit others, so the run fails', async () => {
    const source = new MemoryStore({ order: (a, b) => a.localeCompare(b), pageSize: 2 })
    for (const key of ['B', 'a', 'C', 'd', 'E']) source.seed('media', key, key)
    const listPage = source.listPage.bind(source)
    source.listPage = async (request) => {
      const page = await listPage(request)
      const [entry] = page.entries
      return page.next === undefined && entry !== undefined ? { entries: [...page.entries, { ...entry, key: 'a' }] } : page
    }
    const events = await new VirtualWorld(source, new MemoryStore().seed('media', 'a', 'a')).run()
    expect(ofType(events, 'shard-failed')).toMatchObject([{ failure: { code: 'MalformedListing', side: 'source' } }])
    expect(ofType(events, 'pair-completed')).toEqual([])
  })

  it('the target, whose first key comes after all of the source: existing objects do not count as new', async () => {
    const target = new MemoryStore({ order: (a, b) => -compareKeys(a, b) })
    for (const key of ['a', 'b', 'z']) target.seed('media', key, key)
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'a').seed('media', 'b', 'b'), target)
    const events = await world.run()
    expect(ofType(events, 'shard-restarted')).toMatchObject([{ side: 'target' }])
    expect(totals(events)).toMatchObject({ copied: 0, skipped: 2, reasons: { unchanged: 2 } })
  })

  it('if everything is copied anyway, order does not matter', async () => {
    const world = new VirtualWorld(odd, new MemoryStore().seed('media', 'a', 'a'))
    const events = await world.run({ compare: 'always' })
    expect(ofType(events, 'shard-restarted')).toEqual([])
    expect(totals(events)).toMatchObject({ copied: 5, reasons: { always: 5 } })
    // Except for its notes: an object that is overwritten without a listing may be a backup.
    expect(world.stores.target.calls.get('listPage')).toBe(1)
  })
})

describe('with an object above the threshold', () => {
  const MiB = 2 ** 20
  const content = Buffer.alloc(40 * MiB, 'parts ')
  const large = () =>
    new MemoryStore().seed('media', 'large', content, { attributes: { contentType: 'video/mp4', metadata: {} } })

  it('it is copied in parts of 16 MiB, with its attributes', async () => {
    const world = new VirtualWorld(large())
    const events = await world.run({ partThreshold: 20 * MiB })
    expect(ofType(events, 'object-copied')).toMatchObject([{ size: 40 * MiB }])
    const copy = world.stores.target.object('media', 'large')
    expect(copy?.bytes.equals(content)).toBe(true)
    expect(copy).toMatchObject({ partSize: 16 * MiB, attributes: { contentType: 'video/mp4' } })
  })

  it('only a failed part is sent again', async () => {
    const world = new VirtualWorld(large())
    world.stores.target.failing('uploadPart', (_call, count) =>
      count === 2 ? failureOf('transient', 'InternalError', 'UploadPart') : undefined,
    )
    const events = await world.run({ partThreshold: 20 * MiB })
    expect(ofType(events, 'object-copied')).toMatchObject([{ attempts: 2 }])
    expect([world.stores.target.calls.get('createUpload'), world.stores.target.calls.get('uploadPart')]).toEqual([1, 4])
  })

  it('a lost answer to the completion is resolved by a HEAD', async () => {
    const world = new VirtualWorld(large())
    const { target } = world.stores
    const complete = target.completeUpload.bind(target)
    let lost = false
    target.completeUpload = async (request) => {
      const answer = await complete(request)
      if (lost) return answer
      lost = true
      throw new StoreError(failureOf('transient', 'ConnectionReset', 'CompleteMultipartUpload'))
    }
    const events = await world.run({ partThreshold: 20 * MiB })
    expect(ofType(events, 'object-copied')).toMatchObject([{ key: 'large' }])
    expect(target.calls.get('createUpload')).toBe(1)
  })

  it('if its parts keep failing, it fails once, and its upload is aborted', async () => {
    const world = new VirtualWorld(large())
    world.stores.target.failing('uploadPart', () => failureOf('transient', 'InternalError', 'UploadPart'))
    const events = await world.run({ partThreshold: 20 * MiB })
    expect(ofType(events, 'object-failed')).toMatchObject([
      { key: 'large', failure: { kind: 'permanent', code: 'InternalError' } },
    ])
    await Promise.all(world.goingOn)
    expect(world.stores.target.uploads.size).toBe(0)
    expect(world.stores.target.calls.get('createUpload')).toBe(1)
  })

  it.each([
    ['at a part', 'uploadPart', 2],
    ['at its completion', 'completeUpload', 1],
  ] as const)('if its upload is gone %s, it is copied in a new one', async (_when, method, nth) => {
    const world = new VirtualWorld(large())
    const { target } = world.stores
    target.failing(method, (_call, count) => {
      if (count === nth) target.uploads.clear()
      return undefined
    })
    const events = await world.run({ partThreshold: 20 * MiB })
    expect(ofType(events, 'object-copied')).toMatchObject([{ key: 'large', attempts: 2 }])
    expect(target.object('media', 'large')?.bytes.equals(content)).toBe(true)
    expect(target.calls.get('createUpload')).toBe(2)
    await Promise.all(world.goingOn)
    expect(target.uploads.size).toBe(0)
  })

  it('if its uploads are always gone, it fails after its retries', async () => {
    const world = new VirtualWorld(large())
    const { target } = world.stores
    target.failing('uploadPart', () => failureOf('permanent', 'NoSuchUpload', 'UploadPart', 404))
    const events = await world.run({ partThreshold: 20 * MiB, retries: 2 })
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'large', attempts: 3, failure: { code: 'NoSuchUpload' } }])
    expect(target.calls.get('createUpload')).toBe(3)
  })

  it('if it changes between two parts, it is copied from the start, never mixed', async () => {
    const source = large()
    source.failing('get', (_call, count) => {
      if (count === 2) source.seed('media', 'large', Buffer.alloc(30 * MiB, 'NEW'))
      return undefined
    })
    const world = new VirtualWorld(source)
    await world.run({ partThreshold: 20 * MiB })
    expect(world.stores.target.object('media', 'large')?.bytes.equals(Buffer.alloc(30 * MiB, 'NEW'))).toBe(true)
    await Promise.all(world.goingOn)
    expect(world.stores.target.uploads.size).toBe(0)
  })
})

describe('with a source that keeps checksums', () => {
  const large = Buffer.alloc(40 * 2 ** 20, 'large')
  const inParts = { partThreshold: 2 ** 20 }
  const stores = () => {
    const source = new MemoryStore({ md5: false, checksums: true })
    const target = new MemoryStore({ md5: false, checksums: true })
    return new VirtualWorld(source.seed('media', 'a', 'content').seed('media', 'large', large), target)
  }

  it('checksums are sent to the target in advance, for whole objects and for multipart uploads', async () => {
    const world = stores()
    const events = await world.run(inParts)
    expect(ofType(events, 'object-copied')).toHaveLength(2)
    expect(world.stores.target.checked).toBe(2)
  })

  it.each([
    ['a', 'PutObject'],
    ['large', 'CompleteMultipartUpload'],
  ])('bytes damaged in transit are refused, and copied again: %s', async (key, operation) => {
    const world = stores()
    world.stores.source.remove('media', key === 'a' ? 'large' : 'a')
    world.stores.target.damages = 1
    const events = await world.run(inParts)
    expect(ofType(events, 'attempt-failed').map(({ failure }) => [failure.operation, failure.code])).toEqual([
      [operation, 'BadDigest'],
    ])
    expect(world.stores.target.contents('media')).toEqual(world.stores.source.contents('media'))
    expect(world.stores.target.uploads.size).toBe(0)
  })
})

describe('with one endpoint for source and target', () => {
  const pairs = [{ source: place('media'), target: place('copy') }]
  const plan = { serverSideCopy: true, pairs }
  const oneEndpoint = (store: MemoryStore): VirtualWorld => new VirtualWorld(store, store)

  it('it copies on the server: no byte passes through, metadata is copied', async () => {
    const attributes = { contentType: 'text/css', metadata: { a: 'b' } }
    const store = new MemoryStore().seed('media', 'a', 'one', { attributes }).seed('media', 'b', 'two', { tags: { t: 'v' } })
    const events = await oneEndpoint(store).run(plan)
    expect(store.contents('copy')).toEqual({ a: 'one', b: 'two' })
    expect([store.object('copy', 'a')?.attributes, store.object('copy', 'b')?.tags]).toEqual([attributes, { t: 'v' }])
    expect([store.calls.get('copy'), store.calls.get('get'), store.calls.get('put')]).toEqual([2, undefined, undefined])
    expect(summary(events).totals).toMatchObject({ copied: 2, failed: 0 })
  })

  it('if server-side copy is refused, it is not tried again, and a notice is given once', async () => {
    const store = new MemoryStore()
    for (let i = 0; i < 20; i++) store.seed('media', `k${i}`, 'x')
    store.failing('copy', () => failureOf('permanent', 'AccessDenied', 'CopyObject', 403))
    const events = await oneEndpoint(store).run({ ...plan, workers: 1 })
    expect([store.calls.get('copy'), store.calls.get('get')]).toEqual([1, 20])
    expect(ofType(events, 'notice-given')).toMatchObject([{ code: 'ServerSideCopyRefused' }])
    expect(ofType(events, 'object-copied')).toHaveLength(20)
    expect(ofType(events, 'attempt-failed')).toEqual([])
  })

  it('an error about one object is no refusal: only that object is retried or fails', async () => {
    const store = new MemoryStore().seed('media', 'a', 'one').seed('media', 'b', 'two')
    store.failing('copy', ({ key }, count) => {
      if (key === 'a') return failureOf('permanent', 'EntityTooLarge', 'CopyObject', 400)
      return count < 3 ? failureOf('transient', 'InternalError', 'CopyObject', 500) : undefined
    })
    const events = await oneEndpoint(store).run(plan)
    expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'a', failure: { code: 'EntityTooLarge' } }])
    expect(ofType(events, 'object-copied')).toMatchObject([{ key: 'b' }])
    expect(store.calls.get('get')).toBeUndefined()
  })

  it('an object that the server does not find for its copy is downloaded and uploaded, unless it is gone', async () => {
    const store = new MemoryStore().seed('media', 'dir/', 'one').seed('media', 'gone', 'two').seed('media', 'k', 'three')
    store.failing('copy', ({ key }) => {
      if (key === 'k') return undefined
      if (key === 'gone') store.remove('media', key)
      return failureOf('permanent', 'NoSuchKey', 'CopyObject', 404)
    })
    const events = await oneEndpoint(store).run({ ...plan, workers: 1 })
    expect(store.contents('copy')).toEqual({ 'dir/': 'one', k: 'three' })
    expect(ofType(events, 'object-failed')).toMatchObject([
      { key: 'gone', failure: { operation: 'GetObject', code: 'NoSuchKey' } },
    ])
    expect([store.calls.get('copy'), store.calls.get('get')]).toEqual([3, 2])
    expect(ofType(events, 'notice-given')).toEqual([])
  })

  it('the state of an object that changed since it was listed is read again', async () => {
    const store = new MemoryStore().seed('media', 'a', 'one')
    store.failing('copy', (_call, count) => {
      if (count === 1) store.seed('media', 'a', 'changed')
      return undefined
    })
    const events = await oneEndpoint(store).run(plan)
    expect(store.contents('copy')).toEqual({ a: 'changed' })
    expect(ofType(events, 'attempt-failed')).toMatchObject([{ failure: { kind: 'changed' } }])
  })

  it('an object above the limit is copied in parts on the server, with its attributes and tags', async () => {
    const content = Buffer.alloc(12 * 2 ** 20, 'parts ')
    const attributes = { contentType: 'video/mp4', metadata: {} }
    const store = new MemoryStore().seed('media', 'large', content, { attributes, tags: { t: 'v' } })
    await oneEndpoint(store).run({ ...plan, largestCopy: 2 ** 20, partSize: 5 * 2 ** 20 })
    const copy = store.object('copy', 'large')
    expect(copy?.bytes.equals(content)).toBe(true)
    expect(copy).toMatchObject({ attributes, tags: { t: 'v' }, partSize: 5 * 2 ** 20 })
    expect([store.calls.get('copyPart'), store.calls.get('get')]).toEqual([3, undefined])
  })
})

describe('with external events', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s stops the run at once: work in progress is cancelled, the exit code is %d', async (signal, exitCode) => {
    const source = new MemoryStore()
    for (let i = 0; i < 50; i++) source.seed('media', `k${i}`, 'x')
    const world = new VirtualWorld(source)
    const interrupts = new Subject<'SIGINT' | 'SIGTERM'>()
    world.interrupts = interrupts
    source.failing('get', (_call, count) => {
      if (count === 5) interrupts.next(signal)
      return undefined
    })
    const events = await world.run({ workers: 1 })
    expect(types(events).slice(-2)).toEqual(['run-stopped', 'run-finished'])
    expect(summary(events)).toMatchObject({ status: 'interrupted', exitCode })
    expect(ofType(events, 'object-copied').length).toBeLessThanOrEqual(5)
  })

  it('a notice of a store becomes an event, and the run still ends', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'one'))
    world.notices = of({ code: 'ListObjectsV1', message: 'older' })
    const events = await world.run()
    expect(ofType(events, 'notice-given')).toMatchObject([{ code: 'ListObjectsV1' }])
    expect(types(events).at(-1)).toBe('run-finished')
  })
})

describe('with a comparison mode', () => {
  const changed = () => new VirtualWorld(new MemoryStore().seed('media', 'a', 'new'), new MemoryStore().seed('media', 'a', 'old'))
  it.each([
    ['auto', 1],
    ['size', 0],
    ['etag', 1],
    ['mtime', 0],
    ['checksum', 1],
    ['always', 1],
  ] as const)('--compare %s copies %d of an object with equal size and time, and other content', async (compare, copied) => {
    expect(totals(await changed().run({ compare }))).toMatchObject({ listed: 1, copied })
  })

  it('--ignore-existing does not change existing objects', async () => {
    expect(totals(await changed().run({ ignoreExisting: true })).reasons).toEqual({ exists: 1 })
  })
})
