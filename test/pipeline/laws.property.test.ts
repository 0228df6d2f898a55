import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { SyncEvent } from '../../src/pipeline/events/events.js'
import { compareKeys } from '../../src/pipeline/ports/key-order.js'
import { likelyPartSize, LIMITS, PART_SIZE, partsOf, partSizeFor } from '../../src/pipeline/plan/part-size.js'
import { keyOf, listPrefix, tailOf, targetKey } from '../../src/pipeline/ports/relative-key.js'
import { type BucketPrefix, wholePair } from '../../src/pipeline/ports/bucket-pair.js'
import { evolve, initialState, overall } from '../../src/pipeline/state/run-state.js'
import { settled } from '../../src/pipeline/state/totals.js'
import { failureOf } from '../support/memory-store.js'
import { pair } from './harness.js'

const MiB = 2 ** 20
/** Keys of any characters with a UTF-8 encoding. */
const anyKey = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 })

describe('the order of keys', () => {
  it('is the order of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
      { numRuns: 2_000 },
    )
  })

  it('also above U+FFFF, where UTF-16 order differs', () => {
    expect(compareKeys('\uff5e', '\u{1f680}')).toBeLessThan(0)
    expect(['\u{1f680}', '\uff5e'].sort()).toEqual(['\u{1f680}', '\uff5e'])
  })
})

describe('prefixes', () => {
  const place = fc.record({ bucket: fc.constant('b'), prefix: fc.string({ maxLength: 5 }), self: fc.boolean() })
  const below = (at: BucketPrefix, tail: string): string => listPrefix(at) + tail

  it('map a key below the source to the same tail below the target, and back', () => {
    fc.assert(
      fc.property(place, place, anyKey, (source, target, tail) => {
        const there = targetKey({ source, target }, below(source, tail))
        expect(there).toBe(below(target, tail))
        expect(targetKey({ source: target, target: source }, there ?? '')).toBe(below(source, tail))
      }),
    )
  })

  it('keep the order of keys in their tails, so that two sides with different prefixes can be joined', () => {
    fc.assert(
      fc.property(place, anyKey, anyKey, (at, a, b) => {
        const keys = [below(at, a), below(at, b)] as const
        expect(Math.sign(compareKeys(tailOf(at, keys[0]), tailOf(at, keys[1])))).toBe(Math.sign(compareKeys(...keys)))
      }),
    )
  })

  it('give the object named by the prefix an empty tail, and no key below an empty prefix', () => {
    const at = { bucket: 'b', prefix: 'x', self: true }
    expect(tailOf(at, 'x')).toBe('')
    expect(keyOf(at, '')).toBe('x')
    expect(keyOf({ bucket: 'b', prefix: '', self: false }, '')).toBeUndefined()
  })
})

describe('parts', () => {
  /** Any size up to the largest object; small sizes as often as huge ones. */
  const size = fc.oneof(
    fc.integer({ min: 1, max: 200 * MiB }),
    fc.maxSafeNat().map((n) => (n % LIMITS.largestObject) + 1),
  )

  it('cover every byte once, in order, in at most 10 000 pieces of allowed and equal size', () => {
    fc.assert(
      fc.property(size, fc.option(fc.integer({ min: 1, max: 6 * 2 ** 30 }), { nil: undefined }), (bytes, sourcePartSize) => {
        const partSize = partSizeFor(bytes, PART_SIZE, sourcePartSize)
        let [end, count] = [0, 0]
        for (const part of partsOf(bytes, partSize)) {
          expect([part.number, part.start]).toEqual([++count, end])
          if (part.end < bytes) expect(part.end - part.start).toBe(partSize)
          end = part.end
        }
        expect(end).toBe(bytes)
        expect(count).toBeLessThanOrEqual(LIMITS.parts)
        expect(partSize).toBeGreaterThanOrEqual(LIMITS.smallestPart)
        expect(partSize).toBeLessThanOrEqual(LIMITS.largestPart)
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['no other size is known: 16 MiB', 100 * MiB, undefined, PART_SIZE],
    ['the source has its own: that one', 100 * MiB, 8 * MiB, 8 * MiB],
    ['the source has one that is not allowed: 16 MiB', 100 * MiB, 1 * MiB, PART_SIZE],
    ['10 000 of the source’s would not do: larger ones', 160_000 * MiB, 8 * MiB, PART_SIZE],
    ['the largest object there is', LIMITS.largestObject, undefined, LIMITS.largestPart],
  ])('%s', (_when, bytes, sourcePartSize, expected) => {
    expect(partSizeFor(bytes, PART_SIZE, sourcePartSize)).toBe(expected)
  })

  it('the likely size is the reported one if it fits the count, else the smallest in whole MiB that fits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 64 }),
        fc.integer({ min: 2, max: 500 }),
        fc.integer({ min: 1, max: 100 }),
        (mib, full, rest) => {
          const bytes = mib * MiB * full + rest
          expect(likelyPartSize(bytes, full + 1, mib * MiB)).toBe(mib * MiB)
          const guess = likelyPartSize(bytes, full + 1, bytes)
          expect(guess === undefined || Math.ceil(bytes / guess) === full + 1).toBe(true)
        },
      ),
    )
    expect(likelyPartSize(80 * MiB, 10, 80 * MiB)).toBe(8 * MiB)
  })
})

describe('the state of a run', () => {
  const media = pair('media')
  const about = { at: 0, pair: media, size: 10 }
  const failure = failureOf('permanent', 'AccessDenied')
  const outcome = fc.constantFrom<(key: string) => SyncEvent[]>(
    (key) => [{ type: 'object-copied', ...about, key, targetKey: key, reason: 'new', etag: '', attempts: 1 }],
    (key) => [
      { type: 'attempt-failed', ...about, key, attempt: 1, waitMs: 1, failure },
      { type: 'object-copied', ...about, key, targetKey: key, reason: 'size', etag: '', attempts: 2 },
    ],
    (key) => [{ type: 'object-failed', ...about, key, attempts: 1, failure }],
    (key) => [{ type: 'object-skipped', ...about, key, reason: 'unchanged' }],
  )
  const started: SyncEvent = {
    ...{ type: 'run-started', schema: 1, at: 0, run: 'R', source: 'a', target: 'b', pairs: [media], dryRun: false, workers: 1 },
  }
  const fold = (events: readonly SyncEvent[]) => overall([started, ...events].reduce(evolve, initialState))

  it('any order of completions gives the same totals, and every listed object is settled', () => {
    const run = fc.array(outcome, { maxLength: 40 }).chain((outcomes) => {
      const listed = { objects: outcomes.length, bytes: outcomes.length * 10 }
      const page: SyncEvent = {
        type: 'page-decided',
        at: 0,
        shard: wholePair(media),
        upTo: 'z',
        listed,
        skipped: {},
        toCopy: listed,
        keys: [],
      }
      const groups = [[page], ...outcomes.map((make, index) => make(`k${index}`))]
      return fc.tuple(fc.constant(groups), fc.shuffledSubarray(groups, { minLength: groups.length }))
    })
    fc.assert(
      fc.property(run, ([inOrder, shuffled]) => {
        const totals = fold(inOrder.flat())
        expect(fold(shuffled.flat())).toEqual(totals)
        expect(settled(totals)).toBe(totals.listed)
      }),
    )
  })
})
