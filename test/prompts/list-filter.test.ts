import { describe, expect, it } from '@jest/globals'
import { chosenBy, shownBy } from '../../src/prompts/list-filter.js'

const BUCKETS = ['all-logs', 'media', 'logs-2024', 'logs', 'Archive']
const ALL = [0, 1, 2, 3, 4]

describe('a list that typed text filters', () => {
  it.each([
    ['', ALL],
    ['log', [0, 2, 3]],
    ['LOG', [0, 2, 3]],
    ['archive', [4]],
    ['nothing like it', []],
    ['2', [1]],
    ['2,4', [1, 3]],
    ['2-', ALL],
    ['2-4', [1, 2, 3]],
    ['９', ALL],
    // There is no such number, but a name that contains it.
    ['2024', [2]],
    ['all', ALL],
    ['all-', [0]],
  ])('"%s" shows %j', (text, shown) => {
    expect(shownBy(text, BUCKETS)).toEqual(shown)
  })

  it.each<[text: string, marked: number[], chosen: readonly number[] | RegExp]>([
    ['', [], /Select at least one/],
    ['', [1, 4], [1, 4]],
    ['log', [], /Select at least one/],
    ['log', [1], [1]],
    ['logs', [], [3]],
    ['arch', [], [4]],
    ['2,4', [], [1, 3]],
    ['2,4', [4], [1, 3, 4]],
    ['2', [1], [1]],
    ['all', [2], ALL],
    ['9', [], /No bucket number 9: choose 1–5/],
    ['2 4', [], /put commas/],
    ['media, logs', [], [1, 3]],
    ['media, nothing', [], /"nothing" is not a number/],
  ])('Enter after "%s" with %j marked takes %j', (text, marked, expected) => {
    const chosen = chosenBy(text, marked, BUCKETS)
    if (expected instanceof RegExp) expect(chosen).toEqual({ error: expect.stringMatching(expected) })
    else expect(chosen).toEqual({ ok: expected })
  })
})
