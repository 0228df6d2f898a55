import { describe, expect, it } from '@jest/globals'
import { NO_TOTALS } from '../../src/pipeline/state/totals.js'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatObjects,
  outcomeText,
  locationText,
  separator,
} from '../../src/reporters/text-format.js'

describe('formatted numbers', () => {
  it.each([
    [formatCount(0), '0'],
    [formatCount(1234567), '1,234,567'],
    [formatObjects(0), '0 objects'],
    [formatObjects(1), '1 object'],
    [formatObjects(1000), '1,000 objects'],
    [formatBytes(0), '0 B'],
    [formatBytes(1023), '1023 B'],
    [formatBytes(64 * 2 ** 20), '64 MiB'],
    [formatBytes(1.5 * 2 ** 40), '1.5 TiB'],
    [formatDuration(0), '0ms'],
    [formatDuration(999.6), '1s'],
    [formatDuration(65_000), '1m 5s'],
    [formatDuration(-5), '0ms'],
  ])('%j is %j', (text, expected) => {
    expect(text).toBe(expected)
  })
})

describe('a separator', () => {
  it.each([
    [200, 64],
    [40, 39],
    [1, 1],
    [0, 1],
  ])('on %d columns is %d long', (columns, length) => {
    expect(separator(columns)).toHaveLength(length)
  })
})

describe('a location', () => {
  it.each([
    [{ bucket: 'b', prefix: '', self: false }, 'b'],
    [{ bucket: 'b', prefix: 'x/y', self: true }, 'b/x/y'],
    [{ bucket: 'b', prefix: 'x/y', self: false }, 'b/x/y/'],
  ])('%j is written %j', (location, expected) => {
    expect(locationText(location)).toBe(expected)
  })
})

describe('an outcome', () => {
  const all = { ...NO_TOTALS, copied: 1, bytesCopied: 1024, skipped: 2, filtered: 3, failed: 4, recovered: 5 }

  it.each([
    ['nothing', NO_TOTALS, false, 'nothing copied'],
    ['nothing, dry', NO_TOTALS, true, 'nothing to copy'],
    ['all kinds', all, false, '1 copied (1 KiB), 2 skipped, 3 filtered, 4 failed, 5 recovered after retries'],
    ['only unchanged skips', { ...NO_TOTALS, skipped: 2, reasons: { unchanged: 2 } }, false, '2 unchanged'],
    [
      'a pair listed anew',
      { ...NO_TOTALS, copied: 1, bytesCopied: 1, skipped: -1, reasons: { unchanged: -1 } },
      false,
      '1 copied (1 B)',
    ],
  ])('of %s', (_name, totals, dryRun, expected) => {
    expect(outcomeText(totals, dryRun)).toBe(expected)
  })
})
