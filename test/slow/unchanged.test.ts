import { describe, it } from '@jest/globals'
import { holdsFor } from '../support/unchanged-law.js'

describe('2,000 stories: whatever happens during and between runs, the next quiet run makes the target equal, and one more copies nothing', () => {
  it('from a bucket to a bucket', () => holdsFor('bucket', 'bucket', 800))
  it('from a bucket to a directory', () => holdsFor('bucket', 'directory', 400))
  it('from a directory to a bucket', () => holdsFor('directory', 'bucket', 400))
  it('from a directory to a directory', () => holdsFor('directory', 'directory', 400))
})
