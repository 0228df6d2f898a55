import { describe, expect, it } from '@jest/globals'
import { defer, of, Subject } from 'rxjs'
import type { SyncEvent } from '../../src/pipeline/events.js'
import { adapting } from '../../src/pipeline/adapt.js'
import { Permits } from '../../src/pipeline/permits.js'
import { failureOf } from '../support/memory-store.js'
import { pair, VirtualWorld } from './harness.js'

const about = { at: 0, pair: pair('b'), key: 'k', size: 0 }
const COPIED: SyncEvent = { type: 'object-copied', ...about, targetKey: 'k', reason: 'new', etag: '', attempts: 1 }
const THROTTLED: SyncEvent = {
  type: 'attempt-failed',
  ...about,
  attempt: 1,
  waitMs: 1,
  failure: failureOf('throttled', 'SlowDown'),
}

/** How many run at once after each period of two seconds in which so many objects were copied. */
function workersAfter(periods: readonly { readonly copied: number; readonly throttled?: boolean }[], most = 64): number[] {
  const world = new VirtualWorld()
  const permits = new Permits(10)
  const counts: number[] = []
  const resize = permits.resize.bind(permits)
  let now = 10
  permits.resize = (count) => {
    now = count
    resize(count)
  }
  const adapt = adapting(world, permits, most)
  for (const { copied, throttled } of periods) {
    for (let i = 0; i < copied - 1; i++) of(COPIED).pipe(adapt).subscribe()
    if (throttled === true) of(THROTTLED).pipe(adapt).subscribe()
    world.scheduler.frame += 2_000
    of(COPIED).pipe(adapt).subscribe()
    counts.push(now)
  }
  return counts
}

describe('--workers auto', () => {
  it('adds workers while that pays, and stops at the most', () => {
    expect(workersAfter([100, 150, 220, 330, 500, 750, 1_100].map((copied) => ({ copied })))).toEqual([
      15, 23, 35, 53, 64, 64, 64,
    ])
  })

  it('keeps what it has when more do not pay, and goes back when they cost', () => {
    expect(workersAfter([{ copied: 100 }, { copied: 103 }, { copied: 60 }])).toEqual([15, 15, 10])
  })

  it('halves them when the server asks for less', () => {
    expect(workersAfter([{ copied: 100 }, { copied: 150 }, { copied: 150, throttled: true }])).toEqual([15, 23, 12])
  })
})

describe('Permits that change their number', () => {
  it('let more run at once, and fewer as they come back', () => {
    const permits = new Permits(1)
    const works = Array.from({ length: 6 }, () => new Subject<never>())
    const begun: number[] = []
    works.forEach((work, index) => permits.hold(defer(() => (begun.push(index), work))).subscribe())
    expect(begun).toEqual([0])
    permits.resize(3)
    expect(begun).toEqual([0, 1, 2])
    permits.resize(1)
    works[0]?.complete()
    works[1]?.complete()
    expect(begun).toEqual([0, 1, 2])
    works[2]?.complete()
    expect(begun).toEqual([0, 1, 2, 3])
  })
})
