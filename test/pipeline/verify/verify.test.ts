import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { newChecksum } from '../../../src/io/hashers.js'
import { StoreError } from '../../../src/pipeline/ports/failure.js'
import { etagOf } from '../../../src/pipeline/proof/multipart-etag.js'
import { type Hasher } from '../../../src/pipeline/ports/hasher.js'
import type { Body, Checksum } from '../../../src/pipeline/ports/objects.js'
import { prove, type Proven } from '../../../src/pipeline/proof/prove.js'
import { newTrust } from '../../../src/pipeline/run/etag-trust.js'
import { failureOf, md5, MemoryStore } from '../../support/memory-store.js'

const MiB = 2 ** 20
const newHasher = (): Hasher => createHash('md5')
const crc = (value: string, algorithm: Checksum['algorithm'] = 'CRC32'): Checksum => ({ algorithm, value })
const equal = (proof: string) => ({ equal: true, proof })
const different = (by: string) => ({ equal: false, by })

interface Kept {
  readonly etag?: string
  readonly partSize?: number
  readonly checksums?: readonly Checksum[]
}

/** Records every body that was handed out, to check whether it was closed. */
class Watched extends MemoryStore {
  readonly bodies: Body[] = []

  override async get(request: Parameters<MemoryStore['get']>[0]) {
    const answer = await super.get(request)
    this.bodies.push(answer.body)
    return answer
  }

  get open(): number {
    return this.bodies.filter((body) => !(body instanceof Readable && body.destroyed)).length
  }
}

/** One object on each side: `a` at the source and `b` at the target. */
class Two {
  readonly source = new Watched()
  readonly target = new Watched()
  readonly trust = newTrust()
  readonly controller = new AbortController()

  here(content: string | Buffer, kept: Kept = {}): this {
    this.source.seed('from', 'a', content, kept)
    return this
  }

  there(content: string | Buffer, kept: Kept = {}): this {
    this.target.seed('to', 'b', content, kept)
    return this
  }

  /** Proves the listed objects; `between` runs after the listing. */
  async prove({ deep = false, unlisted = false, between = (): unknown => undefined } = {}): Promise<Proven> {
    const { signal } = this.controller
    const [from, to] = [await listed(this.source, 'from', unlisted), await listed(this.target, 'to', unlisted)]
    between()
    return prove(this, from, to, { deep, trust: this.trust, newHasher, newChecksum }, signal)
  }

  /** Number of HEADs and reads on each side. */
  get asked() {
    const heads = (store: MemoryStore): number => store.calls.get('head') ?? 0
    return { heads: [heads(this.source), heads(this.target)], reads: [this.source.bodies.length, this.target.bodies.length] }
  }
}

async function listed(store: MemoryStore, bucket: string, unlisted: boolean) {
  const { entries } = await store.listPage({ bucket, prefix: '', signal: new AbortController().signal })
  const [entry = { key: '', size: 0, etag: '', lastModified: 0 }] = entries
  return { bucket, entry: unlisted ? { ...entry, etag: '' } : entry }
}

let two: Two
beforeEach(() => {
  two = new Two()
})
afterEach(() => {
  expect([two.source.open, two.target.open]).toEqual([0, 0])
})

const large = Buffer.alloc(20 * MiB, 'parts ')
const inParts = async (bytes: Buffer, partSize: number): Promise<Kept> => ({
  etag: await etagOf(bytes, partSize, newHasher),
  partSize,
})
const ODD = 'some-word'
const RANDOM = 'c'.repeat(32)

describe('the table in prove.ts row by row', () => {
  it('sizes differ: different, without a request', async () => {
    expect(await two.here('bytes', { etag: RANDOM }).there('more bytes', { etag: RANDOM }).prove({ deep: true })).toEqual(
      different('size'),
    )
    expect(two.asked).toEqual({ heads: [0, 0], reads: [0, 0] })
  })

  it('both empty: equal, without a request', async () => {
    expect(await two.here('').there('', { etag: ODD }).prove({ deep: true })).toEqual(equal('bytes'))
    expect(two.asked).toEqual({ heads: [0, 0], reads: [0, 0] })
  })

  it('deep: equal objects are read, even if the ETags are equal', async () => {
    expect(await two.here('bytes').there('bytes').prove({ deep: true })).toEqual(equal('bytes'))
    expect(two.asked).toEqual({ heads: [0, 0], reads: [1, 1] })
  })

  it('deep: a difference is detected, even if ETags and checksums are equal', async () => {
    const kept = { etag: RANDOM, checksums: [crc('x')] }
    expect(await two.here('bytes', kept).there('Bytes', kept).prove({ deep: true })).toEqual(different('bytes'))
  })

  it('deep: objects are read even if ETags are not MD5s, and nothing is learned about ETags', async () => {
    two.trust.learn({ etags: 'none' })
    expect(await two.here('bytes', { etag: '' }).there('bytes', { etag: ODD }).prove({ deep: true })).toEqual(equal('bytes'))
    two.trust.learn({ etags: 'md5' })
    expect(await two.here('bytes', { etag: RANDOM }).prove({ deep: true })).toEqual(equal('bytes'))
    expect(two.trust.facts).toEqual({ etags: 'md5', isTested: false, hasHidden: false })
  })

  it('ETags equal: equal, without a request', async () => {
    expect(await two.here('bytes').there('bytes').prove()).toEqual(equal('etag'))
    expect(two.asked).toEqual({ heads: [0, 0], reads: [0, 0] })
  })

  it('ETags equal in the HEADs, if the listings have none', async () => {
    expect(await two.here('bytes').there('bytes').prove({ unlisted: true })).toEqual(equal('etag'))
    expect(two.asked).toEqual({ heads: [1, 1], reads: [0, 0] })
  })

  it('ETags equal, but from file times: they prove nothing, and the files are read', async () => {
    const kept = { etag: 'mtime:1:5' }
    expect(await two.here('bytes', kept).there('Bytes', kept).prove()).toEqual(different('bytes'))
    two = new Two()
    expect(await two.here('bytes', kept).there('bytes', { etag: 'mtime:2:5' }).prove()).toEqual(equal('bytes'))
  })

  it.each([
    ['bytes', equal('checksum')],
    ['Bytes', different('checksum')],
  ])('a file and an object with an unusable ETag but a checksum: only the file is read (%s)', async (bytes, proven) => {
    const value = createHash('sha256').update('bytes').digest('base64')
    const sealed: Kept = { etag: ODD, checksums: [{ algorithm: 'SHA256', value }] }
    expect(await two.here(bytes, { etag: 'mtime:1:5' }).there('bytes', sealed).prove()).toEqual(proven)
    expect(two.asked.reads).toEqual([1, 0])
    two = new Two().here('bytes', sealed).there(bytes, { etag: 'mtime:1:5' })
    two.trust.learn({ etags: 'none' })
    expect(await two.prove()).toEqual(proven)
    expect(two.asked.reads).toEqual([0, 1])
  })

  it.each(['source', 'target'] as const)('a HEAD shows another object at the %s: changed, with the side', async (side) => {
    const code = side === 'source' ? 'SourceChanged' : 'TargetChanged'
    for (const now of ['other', 'longer than before']) {
      two = new Two().here('bytes').there('Bytes')
      const between = () => (side === 'source' ? two.here(now) : two.there(now))
      const failure = { kind: 'changed', operation: 'Compare', code, side }
      await expect(two.prove({ between })).rejects.toMatchObject({ failure })
      expect(two.asked.reads).toEqual([0, 0])
    }
  })

  it('a HEAD without an ETag does not mean another object', async () => {
    two.here('bytes').there('bytes', { etag: RANDOM })
    const head = two.source.head.bind(two.source)
    two.source.head = async (request) => ({ ...(await head(request)), etag: '' })
    expect(await two.prove()).toEqual(equal('recomputed'))
  })

  it('checksums with the same algorithm equal: equal, and nothing is read', async () => {
    two.here('bytes', { checksums: [crc('sha', 'SHA1'), crc('x')] }).there('bytes', { etag: ODD, checksums: [crc('x')] })
    expect(await two.prove()).toEqual(equal('checksum'))
    expect(two.asked).toEqual({ heads: [1, 1], reads: [0, 0] })
  })

  it('checksums with the same algorithm differ: different, and nothing is read', async () => {
    two.here('bytes', { checksums: [crc('x')] }).there('Bytes', { checksums: [crc('y')] })
    expect(await two.prove()).toEqual(different('checksum'))
    expect(two.asked.reads).toEqual([0, 0])
  })

  it('checksums also if ETags are known to be unusable', async () => {
    two.trust.learn({ etags: 'none' })
    two.here('bytes', { etag: RANDOM, checksums: [crc('x')] }).there('bytes', { checksums: [crc('x')] })
    expect(await two.prove()).toEqual(equal('checksum'))
  })

  it.each([
    ['of other kinds', [crc('x')], [crc('x', 'SHA1')]],
    ['of one side', [], [crc('x')]],
    ['that contradict each other', [crc('x'), crc('x', 'SHA1')], [crc('x'), crc('y', 'SHA1')]],
  ])('checksums %s prove nothing', async (_what, here, there) => {
    two.here('bytes', { checksums: here }).there('bytes', { etag: ODD, checksums: there })
    expect(await two.prove()).toEqual(equal('recomputed'))
  })

  it('ETags known to be no MD5s: equal by size, and nothing is read', async () => {
    two.trust.learn({ etags: 'none' })
    expect(await two.here('bytes').there('Bytes').prove()).toEqual(equal('size'))
    expect(two.asked).toEqual({ heads: [1, 1], reads: [0, 0] })
  })

  it.each([
    [ODD, 'other-word'],
    ['', ''],
    [`${RANDOM}-0`, `${RANDOM}-many`],
  ])('no ETag looks like an MD5 or …-N (%j, %j): equal by size, and nothing is read', async (here, there) => {
    expect(await two.here('bytes', { etag: here }).there('Bytes', { etag: there }).prove()).toEqual(equal('size'))
    expect(two.asked.reads).toEqual([0, 0])
    expect(two.trust.facts).toEqual({ etags: 'md5', isTested: false, hasHidden: false })
  })

  it('the source’s MD5 matches the target’s bytes: only those are read', async () => {
    expect(
      await two
        .here(large)
        .there(large, await inParts(large, 8 * MiB))
        .prove(),
    ).toEqual(equal('recomputed'))
    expect(two.asked).toEqual({ heads: [1, 1], reads: [0, 1] })
  })

  it('the source’s …-N matches the target’s bytes, with the source’s part size', async () => {
    expect(
      await two
        .here(large, await inParts(large, 7_000_000))
        .there(large)
        .prove(),
    ).toEqual(equal('recomputed'))
    expect(two.asked).toEqual({ heads: [2, 1], reads: [0, 1] })
  })

  it('the source’s …-N also if the source does not report its part size, which can be guessed', async () => {
    const { etag = '' } = await inParts(large, 16 * MiB)
    expect(await two.here(large, { etag }).there(large).prove()).toEqual(equal('recomputed'))
    expect(two.asked.reads).toEqual([0, 1])
  })

  it('an MD5 in upper case is the same MD5', async () => {
    two.here('bytes', { etag: md5(Buffer.from('bytes')).toUpperCase() }).there('bytes', { etag: ODD })
    expect(await two.prove()).toEqual(equal('recomputed'))
  })

  it.each(['', ODD, 'mtime:1:5', `${RANDOM}-9999`])(
    'the source’s ETag %j can’t be recomputed: the target’s is, over the source’s bytes',
    async (etag) => {
      expect(await two.here('bytes', { etag }).there('bytes').prove()).toEqual(equal('recomputed'))
      expect(two.asked.reads).toEqual([1, 0])
      two = new Two().here(large, { etag }).there(large, await inParts(large, 8 * MiB))
      expect(await two.prove()).toEqual(equal('recomputed'))
      expect(two.asked.reads).toEqual([1, 0])
    },
  )

  it('no ETag matches and the bytes are equal: equal, and this pair’s ETags prove nothing from now on', async () => {
    expect(await two.here('bytes', { etag: RANDOM }).there('bytes').prove()).toEqual(equal('bytes'))
    expect(two.asked.reads).toEqual([1, 2])
    expect(two.trust.facts).toEqual({ etags: 'none', isTested: false, hasHidden: false })
    expect(await two.prove()).toEqual(equal('size'))
    expect(two.asked.reads).toEqual([1, 2])
  })

  it('no ETag matches and the bytes differ: different, and the ETags are still trusted', async () => {
    expect(await two.here('bytes').there('Bytes').prove()).toEqual(different('bytes'))
    expect(two.trust.facts).toEqual({ etags: 'md5', isTested: false, hasHidden: false })
  })

  it('the bytes are equal, and the part size was guessed wrong or unknown: nothing is learned about ETags', async () => {
    // 20 MiB in two parts of 17 and 3, a part size that is never guessed.
    const { etag = '' } = await inParts(large, 17 * MiB)
    expect(await two.here(large, { etag }).there(large).prove()).toEqual(equal('bytes'))
    expect(two.trust.facts).toEqual({ etags: 'md5', isTested: false, hasHidden: false })
    two = new Two().here('bytes', { etag: `${RANDOM}-9999` }).there('bytes', { etag: ODD })
    expect(await two.prove()).toEqual(equal('bytes'))
    expect(two.trust.facts).toEqual({ etags: 'md5', isTested: false, hasHidden: false })
  })
})

describe('after a failure, the side is reported, and no body stays open', () => {
  /** Each step with the setup that leads to it. */
  const roads = {
    checksums: () => two.here('bytes').there('Bytes').prove(),
    'recomputing over the target': () => two.here('bytes').there('bytes', { etag: ODD }).prove(),
    'recomputing over the source': () => two.here('bytes', { etag: ODD }).there('bytes').prove(),
    comparing: () => two.here('bytes').there('bytes').prove({ deep: true }),
  }
  type Route = keyof typeof roads

  it.each<[Route, 'head' | 'get', 'source' | 'target']>([
    ['checksums', 'head', 'source'],
    ['checksums', 'head', 'target'],
    ['recomputing over the target', 'get', 'target'],
    ['recomputing over the source', 'get', 'source'],
    ['comparing', 'get', 'source'],
    ['comparing', 'get', 'target'],
  ])('%s: a %s that the %s refuses', async (route, method, side) => {
    two[side].failing(method, () => failureOf('permanent', 'AccessDenied'))
    await expect(roads[route]()).rejects.toMatchObject({ failure: { code: 'AccessDenied', side } })
  })

  it('requesting the part size', async () => {
    two.source.failing('head', (_, count) => (count === 2 ? failureOf('transient', 'InternalError') : undefined))
    two.here(large, await inParts(large, 8 * MiB)).there(large)
    await expect(two.prove()).rejects.toMatchObject({ failure: { code: 'InternalError', side: 'source' } })
  })

  it.each<[Route, 'source' | 'target']>([
    ['recomputing over the target', 'target'],
    ['recomputing over the source', 'source'],
    ['comparing', 'source'],
    ['comparing', 'target'],
  ])('%s: a truncated body at the %s', async (route, side) => {
    replaceBody(two[side], () => Readable.from(breaking()))
    await expect(roads[route]()).rejects.toMatchObject({ failure: { code: 'TruncatedBody', side } })
  })

  it.each<[Route, 'source' | 'target']>([
    ['recomputing over the target', 'target'],
    ['comparing', 'source'],
    ['comparing', 'target'],
  ])('%s: an object of another length at the %s, if no ETag could pin it', async (route, side) => {
    const get = two[side].get.bind(two[side])
    two[side].get = async (request) => ({ ...(await get(request)), length: 99 })
    const code = side === 'source' ? 'SourceChanged' : 'TargetChanged'
    await expect(roads[route]()).rejects.toMatchObject({ failure: { kind: 'changed', code, side } })
  })

  it.each(['source', 'target'] as const)('an object that changes before it is read, at the %s: GETs are pinned', async (side) => {
    two.here('bytes').there('bytes')
    const between = () => (side === 'source' ? two.here('other') : two.there('other'))
    const failure = { kind: 'changed', code: 'PreconditionFailed', side }
    await expect(two.prove({ deep: true, between })).rejects.toMatchObject({ failure })
  })

  it('an ETag that only the HEAD shows is used for pinning, too', async () => {
    two.here('bytes').there('Bytes')
    const head = two.target.head.bind(two.target)
    two.target.head = async (request) => {
      const answer = await head(request)
      two.there('other')
      return answer
    }
    const failure = { kind: 'changed', code: 'PreconditionFailed', side: 'target' }
    await expect(two.prove({ unlisted: true })).rejects.toMatchObject({ failure })
  })

  it('aborted while it reads, and before', async () => {
    two.here(large).there(large)
    replaceBody(two.target, (body) => {
      two.controller.abort()
      return body
    })
    const failure = { kind: 'permanent', code: 'Aborted' }
    await expect(two.prove({ deep: true })).rejects.toMatchObject({ failure })
    expect(two.asked.reads).toEqual([1, 2])
    two.there('more').here('less')
    await expect(two.prove()).rejects.toMatchObject({ failure })
    expect(two.asked.reads).toEqual([1, 2])
  })
})

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('by'))
  throw new StoreError(failureOf('transient', 'TruncatedBody'))
}

/** Makes `store` return another body than its own. */
function replaceBody(store: Watched, other: (body: Readable) => Readable): void {
  const get = store.get.bind(store)
  store.get = async (request) => {
    const answer = await get(request)
    const body = other(answer.body)
    if (body !== answer.body) answer.body.destroy()
    store.bodies.push(body)
    return { ...answer, body }
  }
}

describe('for any ETags', () => {
  it('every verdict is true, and correct ETags prove everything', async () => {
    const kind = fc.constantFrom('md5', 'parts', 'untold parts', 'random', 'random parts', 'odd', 'none')
    const side = fc.record({ kind, partSize: fc.integer({ min: 1, max: 12 }), checksum: fc.boolean() })
    const content = fc.constantFrom('ten bytes.', 'Ten bytes.', 'ten bytes!')
    await fc.assert(
      fc.asyncProperty(content, content, side, side, fc.boolean(), fc.boolean(), async (a, b, here, there, deep, areMd5) => {
        two = new Two().here(a, await keptAs(here, a, 'd')).there(b, await keptAs(there, b, 'e'))
        two.trust.learn({ etags: areMd5 ? 'md5' : 'none' })
        const proven = await two.prove({ deep })
        if (!proven.equal) expect(a).not.toBe(b)
        else if (proven.proof !== 'size') expect(a).toBe(b)
        const isTold = deep || (areMd5 && [here, there].some((one) => one.kind !== 'odd' && one.kind !== 'none'))
        if (isTold) expect(proven).not.toEqual(equal('size'))
        expect([two.source.open, two.target.open]).toEqual([0, 0])
      }),
      { numRuns: 500 },
    )
  })

  interface Kind {
    readonly kind: string
    readonly partSize: number
    readonly checksum: boolean
  }

  async function keptAs({ kind, partSize, checksum }: Kind, content: string, letter: string): Promise<Kept> {
    const bytes = Buffer.from(content)
    const etags: Record<string, Kept> = {
      md5: { etag: md5(bytes) },
      parts: await inParts(bytes, partSize),
      'untold parts': { etag: (await inParts(bytes, partSize)).etag ?? '' },
      random: { etag: letter.repeat(32) },
      'random parts': { etag: `${letter.repeat(32)}-${partSize}`, partSize },
      odd: { etag: letter },
      none: { etag: '' },
    }
    return { ...etags[kind], checksums: checksum ? [crc(md5(bytes))] : [] }
  }
})
