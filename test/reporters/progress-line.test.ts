import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { summarize } from '../../src/pipeline/state/summary.js'
import { liveLineText } from '../../src/reporters/progress-line.js'
import { SpeedMeter } from '../../src/reporters/speed-meter.js'
import { textReporter } from '../../src/reporters/text-reporter.js'
import { completed, copied, FakeTicker, fakeScreen, finished, page, play, START, started } from './run.js'

const KIB = 1024

describe('the live line', () => {
  it('shows rate, share and time left if the total is known', () => {
    const done = { objects: 1200, bytes: 1200 * KIB, bytesCopied: 900 * KIB }
    const speed = { objects: 310, bytes: 310 * KIB, bytesCopied: 310 * KIB }
    expect(liveLineText({ done, speed, total: { objects: 5000, bytes: 5000 * KIB }, failed: 1 }, 100)).toBe(
      '1,200 of 5,000 objects · 24% · 310/s · 310 KiB/s · 13s left · 1 failed',
    )
  })

  it('shows neither share nor time left if the total is unknown', () => {
    const done = { objects: 1200, bytes: 0, bytesCopied: 0 }
    expect(liveLineText({ done, speed: { objects: 2.5, bytes: 0, bytesCopied: 0 }, failed: 0 }, 100)).toBe(
      '1,200 objects · 2.5/s · 0 B/s',
    )
  })

  it('uses the smaller share and the longer time: one large object left is most of the work', () => {
    const done = { objects: 9, bytes: 10 * KIB, bytesCopied: 10 * KIB }
    const speed = { objects: 9, bytes: 10 * KIB, bytesCopied: 10 * KIB }
    expect(liveLineText({ done, speed, total: { objects: 10, bytes: 100 * KIB }, failed: 0 }, 100)).toBe(
      '9 of 10 objects · 10% · 9.0/s · 10 KiB/s · 9s left',
    )
  })

  it('shows no time left while the speed is zero', () => {
    const still = { objects: 0, bytes: 0, bytesCopied: 0 }
    expect(liveLineText({ done: still, speed: still, total: { objects: 10, bytes: 100 }, failed: 0 }, 100)).toBe(
      '0 of 10 objects · 0% · 0/s · 0 B/s',
    )
  })

  it('never reaches the last column, however narrow the terminal', () => {
    const number = fc.nat({ max: Number.MAX_SAFE_INTEGER })
    const distance = fc.record({ objects: number, bytes: number, bytesCopied: number })
    const tally = fc.record({ objects: number, bytes: number })
    fc.assert(
      fc.property(distance, distance, tally, number, fc.integer({ min: 1, max: 200 }), (done, speed, total, failed, columns) => {
        expect(liveLineText({ done, speed, total, failed }, columns).length).toBeLessThan(columns)
      }),
    )
  })
})

describe('the meter', () => {
  const at = (objects: number) => ({ objects, bytes: objects * 10, bytesCopied: objects })

  it('has no speed before something was settled', () => {
    const meter = new SpeedMeter()
    meter.sample(0, at(0))
    meter.sample(125, at(0))
    expect(meter.speed(125)).toBeUndefined()
  })

  it('returns the speed of the recent seconds, not of the whole run', () => {
    const meter = new SpeedMeter()
    for (let second = 0; second <= 60; second++) meter.sample(second * 1000, at(second * 1000))
    for (let second = 61; second <= 100; second++) meter.sample(second * 1000, at(60_000 + (second - 60) * 10))
    expect(meter.speed(100_000)).toEqual({ objects: 10, bytes: 100, bytesCopied: 10 })
  })

  it('slows down while nothing settles, instead of repeating the last speed', () => {
    const meter = new SpeedMeter()
    meter.sample(0, at(0))
    meter.sample(1000, at(10))
    meter.sample(4000, at(10))
    expect(meter.speed(5000)?.objects).toBe(2)
  })

  it('starts over when the count decreases', () => {
    const meter = new SpeedMeter()
    meter.sample(0, at(100))
    meter.sample(1000, at(0))
    expect(meter.speed(1000)).toBeUndefined()
    meter.sample(2000, at(5))
    expect(meter.speed(2000)?.objects).toBe(5)
  })
})

describe('the live line of a run on a terminal', () => {
  const options = { tool: 's3-sync', version: '1', color: false, detail: 'normal' as const }

  it('is drawn by a timer, not by events; both are removed at the end', () => {
    const ticker = new FakeTicker()
    const screen = fakeScreen({ terminal: true })
    const reporter = textReporter({ ...options, screen, ticker, expected: { objects: 4, bytes: 4 * KIB } })
    const begun = [started(), page(4)]
    play(reporter, begun)
    ticker.pass(125)
    const halfway = [copied('a'), copied('b')]
    play(reporter, halfway, begun)
    expect(screen.drawn).toEqual(['0 of 4 objects · 0%'])
    ticker.pass(1000)
    expect(screen.drawn.at(-1)).toBe('2 of 4 objects · 50% · 2.0/s · 2 KiB/s · 1s left')
    expect(ticker.timers).toBe(1)
    reporter.finish(
      summarize(play(reporter, [copied('c'), copied('d'), completed(), finished(2)], [...begun, ...halfway]), START),
    )
    expect(screen.drawn.at(-1)).toBeNull()
    expect(ticker.timers).toBe(0)
  })

  it('is not shown with --quiet', () => {
    const ticker = new FakeTicker()
    const screen = fakeScreen({ terminal: true })
    play(textReporter({ ...options, detail: 'quiet', screen, ticker }), [started(), page(4), copied('a')])
    ticker.pass(1000)
    expect(screen.drawn).toEqual([])
  })

  it('is cleared by dispose, also if called twice, and if the run never finished', () => {
    const ticker = new FakeTicker()
    const screen = fakeScreen({ terminal: true })
    const reporter = textReporter({ ...options, screen, ticker })
    play(reporter, [started(), page(4)])
    reporter.dispose()
    reporter.dispose()
    expect(ticker.timers).toBe(0)
    expect(screen.drawn.at(-1)).toBeNull()
  })
})
