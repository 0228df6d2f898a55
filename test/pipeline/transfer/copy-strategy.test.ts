import { describe, expect, it } from '@jest/globals'
import { StoreError } from '../../../src/pipeline/ports/failure.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { failureOf, md5, MemoryStore, type MemoryStoreOptions } from '../../support/memory-store.js'
import { ofType, VirtualWorld } from '../harness.js'

const MiB = 2 ** 20
const PLAN: Partial<SyncPlan> = { partThreshold: 2 * MiB, largestWhole: 4 * MiB }

/** Copies one object; `fails`: what the target answers to its PUTs, one after another. */
async function copied(
  mib: number,
  plan: Partial<SyncPlan>,
  source: MemoryStoreOptions = {},
  fails: Parameters<typeof failureOf>[] = [],
) {
  const world = new VirtualWorld(new MemoryStore(source).seed('media', 'large', 'x'.repeat(mib * MiB)))
  const { target } = world.stores
  target.failing('put', (_call, count) => {
    const failure = fails[count - 1]
    return failure && failureOf(...failure)
  })
  const events = await world.run({ ...PLAN, ...plan })
  const [calls, [done], [failed]] = [target.calls, ofType(events, 'object-copied'), ofType(events, 'object-failed')]
  return {
    how: `${calls.get('put') ?? 0} PUT, ${calls.get('completeUpload') ?? 0} in parts`,
    proof: done?.proof,
    attempts: done?.attempts,
    failure: failed?.failure.code,
  }
}

describe('an object above the threshold for parts', () => {
  it.each<[given: string, mib: number, Partial<SyncPlan>, MemoryStoreOptions, how: string, proof: string]>([
    ['whose ETag is its MD5: one piece, which has that ETag', 3, {}, {}, '1 PUT, 0 in parts', 'etag'],
    ['whose ETag says nothing: parts', 3, {}, { md5: false }, '0 PUT, 1 in parts', 'sent'],
    ['that is larger than one piece may be: parts', 5, {}, {}, '0 PUT, 1 in parts', 'digest'],
    ['without proof: parts, several at once', 3, { proof: false }, {}, '0 PUT, 1 in parts', 'none'],
  ])('%s', async (_given, mib, plan, source, how, proof) => {
    expect(await copied(mib, plan, source)).toMatchObject({ how, proof })
  })

  it.each<[given: string, fails: Parameters<typeof failureOf>[], how: string, attempts: number]>([
    ['that failed: parts, of which each is retried', [['transient', 'ConnectionReset', 'PutObject']], '1 PUT, 1 in parts', 2],
    [
      'while the target asks for a lower rate: still one piece',
      [['throttled', 'SlowDown', 'PutObject', 503]],
      '2 PUT, 0 in parts',
      2,
    ],
    [
      'which the target finds too large: parts at once',
      [['permanent', 'EntityTooLarge', 'PutObject', 413]],
      '1 PUT, 1 in parts',
      1,
    ],
  ])('in one piece %s', async (_given, fails, how, attempts) => {
    expect(await copied(3, {}, {}, fails)).toMatchObject({ how, attempts })
  })
})

it('an object that is small enough and yet too large for the target fails', async () => {
  const fails: Parameters<typeof failureOf>[] = [['permanent', 'EntityTooLarge', 'PutObject', 413]]
  expect(await copied(1.5, {}, {}, fails)).toMatchObject({ how: '1 PUT, 0 in parts', failure: 'EntityTooLarge' })
})

it('an object that the target accepted and does not have is copied again', async () => {
  const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'content'))
  const { target } = world.stores
  const put = target.put.bind(target)
  let puts = 0
  target.put = (request) => (++puts === 1 ? Promise.resolve({ etag: 'ffffffffffffffffffffffffffffffff' }) : put(request))
  const events = await world.run({})
  expect(ofType(events, 'object-copied')).toMatchObject([{ attempts: 2 }])
  expect(target.object('media', 'a')?.bytes.toString()).toBe('content')
})

it('an object that is too large for the target fails with that, if its source returns whole objects only', async () => {
  const source = new MemoryStore().seed('media', 'large', 'x'.repeat(3 * MiB))
  const get = source.get.bind(source)
  source.get = (request) =>
    request.range === undefined
      ? get(request)
      : Promise.reject(new StoreError(failureOf('permanent', 'RangeIgnored', 'GetObject')))
  const world = new VirtualWorld(source)
  world.stores.target.failing('put', () => failureOf('permanent', 'EntityTooLarge', 'PutObject', 413))
  const events = await world.run(PLAN)
  expect(ofType(events, 'object-failed')).toMatchObject([{ key: 'large', failure: { code: 'EntityTooLarge' } }])
})

it('an MD5 in capitals at the source is the MD5 of the bytes that arrive under another ETag', async () => {
  const source = new MemoryStore().seed('media', 'a', 'content', { etag: md5(Buffer.from('content')).toUpperCase() })
  const world = new VirtualWorld(source)
  const { target } = world.stores
  const put = target.put.bind(target)
  target.put = async (request) => ({ ...(await put(request)), etag: 'f'.repeat(32) })
  const events = await world.run({})
  expect(ofType(events, 'object-copied')).toMatchObject([{ key: 'a', proof: 'read-back', attempts: 1 }])
})
