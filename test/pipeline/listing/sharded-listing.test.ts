import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compareKeys } from '../../../src/pipeline/ports/key-order.js'
import { Range } from '../../../src/pipeline/listing/key-range.js'
import { Alphabet, cuts } from '../../../src/pipeline/listing/split-range.js'
import { MemoryStore } from '../../support/memory-store.js'
import { seededRandom } from '../../support/random.js'
import { ofType, pair, place, VirtualWorld } from '../harness.js'

const byBytes = (keys: Iterable<string>): string[] => [...new Set(keys)].sort(compareKeys)

/** Typical key spaces: UUIDs, padded numbers, mostly one date, Chinese names, anything. */
const number = fc.nat({ max: 99_999 }).map((n) => `k${String(n).padStart(10, '0')}`)
const key = fc.oneof(
  fc.uuid(),
  number,
  number.map((name) => `logs/2026-11-23/${name}`),
  fc
    .array(fc.constantFrom(...Array.from('天地玄黄宇宙洪荒日月盈昃辰宿列张')), { minLength: 1, maxLength: 4 })
    .map((names) => names.join('')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
)
const keySets = fc.oneof(
  fc.array(key, { maxLength: 200 }),
  fc.array(number, { minLength: 100, maxLength: 300 }),
  fc.array(fc.uuid(), { minLength: 100, maxLength: 300 }),
)

function storeOf(keys: readonly string[], order?: (a: string, b: string) => number): MemoryStore {
  const store = new MemoryStore({ pageSize: 4, ...(order && { order }) })
  store.seed('b', 'seeds the bucket', '')
  store.remove('b', 'seeds the bucket')
  for (const name of keys) store.seed('b', name, '')
  return store
}

/** The objects that a dry run would copy, and the number of shards of its listing. */
async function planned(source: MemoryStore, target = new MemoryStore()) {
  const events = await new VirtualWorld(source, target).run({ pairs: [pair('b')], dryRun: true })
  const copies = ofType(events, 'copy-planned').map((event) => event.key)
  const restarted = ofType(events, 'shard-restarted').length
  return { copies, shards: 1 + ofType(events, 'shard-split').length, restarted, events }
}

describe('a listing in shards', () => {
  it('finds every key exactly once, whatever the keys', async () => {
    let shards = 0
    await fc.assert(
      fc.asyncProperty(keySets, async (keys) => {
        const found = await planned(storeOf(keys))
        expect(found.copies.sort(compareKeys)).toEqual(byBytes(keys))
        shards += found.shards - 1
      }),
      { numRuns: 150 },
    )
    expect(shards).toBeGreaterThan(150)
  })

  it('finds exactly the differences, whatever source and target contain', async () => {
    await fc.assert(
      fc.asyncProperty(keySets, fc.nat(), async (keys, seed) => {
        const random = seededRandom(seed)
        const there = keys.filter(() => random() < 0.5)
        const found = await planned(storeOf(keys), storeOf([...there, ...there.map((name) => `${name} and more`)]))
        expect(found.copies.sort(compareKeys)).toEqual(byBytes(keys.filter((name) => !there.includes(name))))
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    ['uuids', Array.from({ length: 2_000 }, (_, i) => `${((i * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')}-a`)],
    ['padded numbers', Array.from({ length: 2_000 }, (_, i) => `k${String(i).padStart(10, '0')}`)],
    ['one date above all', Array.from({ length: 2_000 }, (_, i) => (i < 20 ? `a/${i}` : `logs/2026-11-23/${10_000 + i}.gz`))],
    [
      'names in Chinese',
      Array.from({ length: 2_000 }, (_, i) => String.fromCodePoint(0x4e00 + (i % 90) * 7, 0x5000 + i, 0x6000 + (i % 7))),
    ],
  ])('keeps all listers busy: %s', async (_what, keys) => {
    const { shards, copies } = await planned(storeOf(keys))
    expect(copies).toHaveLength(2_000)
    expect(shards).toBeGreaterThan(10)
  })

  it('is not split if the server ignores StartAfter', async () => {
    const source = storeOf(Array.from({ length: 100 }, (_, i) => `k${100 + i}`))
    const listPage = source.listPage.bind(source)
    source.listPage = (request) => {
      const { after, ...others } = request
      return listPage(after === undefined ? request : others)
    }
    const { shards, copies } = await planned(source)
    expect([shards, copies.length]).toEqual([1, 100])
  })

  it('starts again if the server sorts differently, and finds every key', async () => {
    const collator = new Intl.Collator('en')
    const unordered = fc.array(fc.stringMatching(/^[a-cA-C0-2]{1,4}$/), { minLength: 60, maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(unordered, async (keys) => {
        const order = (a: string, b: string): number => collator.compare(a, b) || compareKeys(a, b)
        const found = await planned(storeOf(keys, order))
        const counted = new Set(found.copies)
        expect([...counted].sort(compareKeys)).toEqual(byBytes(keys))
      }),
      { numRuns: 100 },
    )
  })
})

describe('a range', () => {
  it('that is split anywhere at any time omits no key and repeats none', async () => {
    const steps = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(keySets, steps, async (keys, moves) => {
        const store = storeOf(keys)
        const media = { source: place('b'), target: place('b') }
        const seen: string[] = []
        const ranges: Range[] = []
        const readers: AsyncIterator<{ entries: readonly { key: string }[] }>[] = []
        const open = (range: Range): void => {
          ranges.push(range)
          readers.push(range.ofSource(pagesOf(store, range.after))[Symbol.asyncIterator]())
        }
        open(new Range(media, undefined, undefined))
        const read = async (index: number): Promise<boolean> => {
          const range = ranges[index]
          const page = await readers[index]?.next()
          if (range === undefined || page === undefined || page.done === true) {
            if (range !== undefined) range.ended = true
            return false
          }
          seen.push(...page.value.entries.map((entry) => entry.key))
          return true
        }
        for (const [which, where] of moves) {
          const index = which % ranges.length
          await read(index)
          const point = `/${keys[where % Math.max(1, keys.length)] ?? ''}`
          const other = ranges[index]?.split(point)
          if (other !== undefined) open(other)
        }
        for (let index = 0; index < ranges.length; index++) while (await read(index));
        expect(seen.sort(compareKeys)).toEqual(byBytes(keys))
        expect(ranges.every((range) => range.isSeamSound())).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

async function* pagesOf(store: MemoryStore, after: string | undefined) {
  const signal = new AbortController().signal
  let token: string | undefined
  do {
    const behind = after === undefined || after === '/' ? {} : { after: after.slice(1) }
    const page = await store.listPage({ bucket: 'b', prefix: '', ...behind, ...(token === undefined ? {} : { token }), signal })
    yield page
    token = page.next
  } while (token !== undefined)
}

describe('split points', () => {
  it('are inside the range, in order, each with a key after it and before the next', async () => {
    await fc.assert(
      fc.asyncProperty(keySets, fc.integer({ min: 2, max: 16 }), fc.nat(), async (keys, pieces, at) => {
        const tails = byBytes(keys).map((name) => `/${name}`)
        const from = tails[at % Math.max(1, tails.length)]
        if (from === undefined) return
        const alphabet = new Alphabet()
        alphabet.learn(keys.slice(0, 30).map((name) => ({ key: name })))
        const probe = (after: string) => Promise.resolve(tails.find((tail) => compareKeys(tail, after) > 0))
        const points = await cuts(from, undefined, pieces, alphabet, probe)
        expect(points.length).toBeLessThan(pieces)
        for (const [index, point] of points.entries()) {
          const before = points[index - 1] ?? from
          expect(compareKeys(before, point)).toBeLessThan(0)
          const next = points[index + 1]
          const here = tails.filter(
            (tail) => compareKeys(tail, point) > 0 && (next === undefined || compareKeys(tail, next) <= 0),
          )
          expect(here.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: 300 },
    )
  })
})
