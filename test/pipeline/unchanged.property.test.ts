import { describe, it } from '@jest/globals'
import { holdsFor } from '../support/unchanged-law.js'

/** test/slow runs the same with more stories. */
describe('whatever happens during and between runs, the next undisturbed run makes the target equal, and one more copies nothing', () => {
  it.each(['bucket', 'directory'] as const)('from a bucket to a %s', (to) => holdsFor('bucket', to, 100))
  it.each(['bucket', 'directory'] as const)('from a directory to a %s', (to) => holdsFor('directory', to, 40))
})
