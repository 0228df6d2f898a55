import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { noisyRun, wrongCopies } from '../support/proof-law.js'

describe('a wire that damages bytes in either direction', () => {
  // 5 000 runs, in tests that each stay far from the limit against hanging.
  it.each(['first', 'second', 'third', 'fourth', 'fifth'])(
    'no run reports a wrong copy as proven: the %s 1 000 runs of up to 7 objects',
    async () => {
      await fc.assert(
        fc.asyncProperty(noisyRun, async (run) => {
          expect(await wrongCopies(run)).toEqual([])
        }),
        { numRuns: 1_000 },
      )
    },
  )
})
