import { describe, expect, it } from '@jest/globals'
import type { RequestCounts } from '../../../src/pipeline/events/request-counts.js'
import { requestsFor } from '../../../src/pipeline/transfer/request-estimate.js'
import { overall } from '../../../src/pipeline/state/run-state.js'
import { evolve, initialState } from '../../../src/pipeline/state/run-state.js'
import { summarize } from '../../../src/pipeline/state/summary.js'
import { MemoryStore } from '../../support/memory-store.js'
import { ofType, pair, VirtualWorld } from '../harness.js'

const KiB = 2 ** 10
const MiB = 2 ** 20
const HOW = { serverSideCopy: false, largestCopy: 5 * 2 ** 30, partThreshold: 64 * MiB, largestWhole: 2 ** 30, proof: true }
const OTHER = 'an-etag'
const MD5 = 'd41d8cd98f00b204e9800998ecf8427e'

describe('the requests of a copy', () => {
  it.each<[string, number, Parameters<typeof requestsFor>[1], RequestCounts, etag?: string]>([
    ['in one piece', KiB, HOW, { GetObject: 1, PutObject: 1 }],
    ['in one piece, which keeps the MD5', 65 * MiB, HOW, { GetObject: 1, PutObject: 1 }, MD5],
    ['on the server', KiB, { ...HOW, serverSideCopy: true }, { CopyObject: 1 }],
    [
      'in parts',
      65 * MiB,
      HOW,
      { HeadObject: 1, CreateMultipartUpload: 1, GetObject: 5, UploadPart: 5, CompleteMultipartUpload: 1 },
    ],
    [
      'in parts of the size asked for',
      65 * MiB,
      { ...HOW, partSize: 64 * MiB },
      { HeadObject: 1, CreateMultipartUpload: 1, GetObject: 2, UploadPart: 2, CompleteMultipartUpload: 1 },
    ],
    [
      'in parts on the server',
      6 * 2 ** 30,
      { ...HOW, serverSideCopy: true },
      { HeadObject: 1, CreateMultipartUpload: 1, UploadPartCopy: 24, CompleteMultipartUpload: 1 },
    ],
  ])('%s', (_how, size, how, requests, etag = OTHER) => {
    expect(requestsFor({ size, etag }, how)).toEqual(requests)
  })
})

describe('a dry run', () => {
  /** A source with new, changed and equal objects, and a target with extras. */
  const given = (): VirtualWorld => {
    const source = new MemoryStore()
    for (let i = 0; i < 5; i++) source.seed('media', `k${i}`, `here ${i}`)
    const target = new MemoryStore().seed('media', 'k0', 'here 0').seed('media', 'k1', 'other').seed('media', 'gone', 'x')
    return new VirtualWorld(source, target)
  }
  const asked = { deletes: { atMost: { percent: 100 } }, backupPrefix: 'old' }

  it('predicts the requests that the run then sends', async () => {
    const world = given()
    const { requests = {} } = summarize((await world.run({ ...asked, dryRun: true })).reduce(evolve, initialState), 0)
    for (const store of [world.stores.source, world.stores.target]) store.calls.clear()
    await world.run(asked)
    const { source, target } = world.stores
    const made = (method: 'get' | 'put' | 'copy' | 'deleteObjects') =>
      (source.calls.get(method) ?? 0) + (target.calls.get(method) ?? 0)
    // Not included: the backups of deleted objects, two HEADs and a copy each; and the note about backups.
    expect(requests).toEqual({ GetObject: 4, PutObject: 4, HeadObject: 2, CopyObject: 1, DeleteObjects: 1 })
    expect([made('get'), made('put') - 1, made('deleteObjects'), made('copy') - 1]).toEqual([4, 4, 1, 1])
  })
})

describe('single skips', () => {
  it('are emitted on request, and counted only once', async () => {
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a', 'a').seed('media', 'b.txt', 'b'))
    const selection = { globs: [{ include: true, glob: '/a' }] }
    await world.run({ selection })
    const events = await world.run({ selection, tellSkips: true, pairs: [pair('media')] })
    expect(ofType(events, 'skip-told').map(({ key, reason }) => `${key} ${reason}`)).toEqual(['a unchanged'])
    expect(overall(events.reduce(evolve, initialState))).toMatchObject({ listed: 1, skipped: 1 })
    const all = await world.run({ selection: { globs: [{ include: false, glob: '*.txt' }] }, tellSkips: true })
    expect(ofType(all, 'skip-told').map(({ key, reason }) => `${key} ${reason}`)).toEqual(['a unchanged', 'b.txt filtered'])
  })
})
