import { describe, expect, it } from '@jest/globals'
import { asWritten } from '../../src/doctor/leftovers.js'

describe('the key of a listed version', () => {
  const written = new Set(['root/bell\x07', 'root/line\nfeed', 'root/plain', 'root/really \ufffd'])

  it.each([
    ['is the listed one', 'root/plain', 'root/plain'],
    ['with a control character that the listing replaces', 'root/bell\ufffd', 'root/bell\x07'],
    ['with one that it keeps', 'root/line\nfeed', 'root/line\nfeed'],
    ['that has the replacement itself', 'root/really \ufffd', 'root/really \ufffd'],
    ['that this run did not write', 'root/other\ufffd', 'root/other\ufffd'],
  ])('%s', (_when, listed, key) => {
    expect(asWritten(listed, written)).toBe(key)
  })
})
