import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { noisyRun, wrongCopies } from '../support/proof-law.js'

describe('a wire that flips, drops, repeats, swaps and erases bytes in either direction', () => {
  it('no run reports a wrong copy as proven; the slow suite tries many more', async () => {
    await fc.assert(
      fc.asyncProperty(noisyRun, async (run) => {
        expect(await wrongCopies(run)).toEqual([])
      }),
      { numRuns: 100, seed: 1 },
    )
  })
})
