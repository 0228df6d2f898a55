import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseNumberList } from '../../src/prompts/number-list.js'

const NAMES = ['alpha', 'beta', 'gamma', 'delta', '7']

describe('a choice from a numbered list', () => {
  it.each([
    ['3', [2]],
    ['1,3,5', [0, 2, 4]],
    ['1-5', [0, 1, 2, 3, 4]],
    ['5-1', [0, 1, 2, 3, 4]],
    [' 2 - 3 , 1 ', [0, 1, 2]],
    ['all', [0, 1, 2, 3, 4]],
    ['ALL', [0, 1, 2, 3, 4]],
    ['beta,1', [0, 1]],
    ['2,2,1-2', [0, 1]],
    ['１，３－４、beta', [0, 1, 2, 3]],
  ])('%j', (text, expected) => {
    expect(parseNumberList(text, NAMES)).toEqual({ ok: expected })
  })

  it.each([
    ['', /Choose at least one bucket/],
    [' , ', /Choose at least one bucket/],
    ['0', /No bucket number 0/],
    ['6', /No bucket number 6/],
    ['7', /No bucket number 7/],
    ['1-9', /No bucket number 9/],
    ['omega', /"omega" is not a number/],
    ['1-', /"1-" is not a number/],
    ['1..3', /is not a number/],
    ['1 2', /put commas between the numbers, e\.g\. 1,2/],
    ['-1', /is not a number/],
  ])('%j is explained', (text, why) => {
    expect(parseNumberList(text, NAMES)).toMatchObject({ error: expect.stringMatching(why) })
  })

  it('numbers and ranges, written in any order and twice, choose each index once and ascending', () => {
    const names = Array.from({ length: 30 }, (_, i) => `bucket-${i}`)
    const number = fc.integer({ min: 1, max: names.length })
    const word = fc.oneof(
      number.map((n) => ({ text: String(n), indexes: [n - 1] })),
      fc.tuple(number, number).map(([a, b]) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        return { text: `${a}-${b}`, indexes: Array.from({ length: high - low + 1 }, (_, i) => low - 1 + i) }
      }),
    )
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        const expected = [...new Set(words.flatMap(({ indexes }) => indexes))].sort((a, b) => a - b)
        expect(parseNumberList(words.map(({ text }) => text).join(','), names)).toEqual({ ok: expected })
      }),
    )
  })
})
