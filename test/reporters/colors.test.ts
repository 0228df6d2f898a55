import { describe, expect, it } from '@jest/globals'
import { useColor } from '../../src/reporters/colors.js'

describe('whether to colour', () => {
  it.each([
    // environment, flag, terminal, colour
    [{}, undefined, true, true],
    [{}, undefined, false, false],
    [{ NO_COLOR: '1' }, undefined, true, false],
    [{ NO_COLOR: '' }, undefined, true, true],
    [{ FORCE_COLOR: '1' }, undefined, false, true],
    [{ FORCE_COLOR: '' }, undefined, false, true],
    [{ FORCE_COLOR: '0' }, undefined, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, undefined, false, true],
    [{ TERM: 'dumb' }, undefined, true, false],
    [{ TERM: 'dumb', FORCE_COLOR: '1' }, undefined, true, true],
    [{ FORCE_COLOR: '1' }, false, true, false],
    [{ NO_COLOR: '1' }, true, false, true],
  ])('given %j, flag %s, terminal %s: %s', (env, flag, isTerminal, expected) => {
    expect(useColor(env, flag, isTerminal)).toBe(expected)
  })
})
