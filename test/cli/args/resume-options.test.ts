import { describe, expect, it } from '@jest/globals'
import { mergeResumeOptions, optionName } from '../../../src/cli/args/resume-options.js'

const WORDS = ['A:media', 'B:copy', '--workers=4', '--delete', '--compare=size']

describe('the options of a resume', () => {
  it('that may change replace those the run was started with', () => {
    expect(mergeResumeOptions(WORDS, ['--workers=20', '--max-rps=50'])).toEqual({
      words: ['A:media', 'B:copy', '--delete', '--compare=size', '--workers=20', '--max-rps=50'],
    })
  })

  it('that must not change may be repeated', () => {
    expect(mergeResumeOptions(WORDS, ['--delete', '--compare=size'])).toEqual({ words: WORDS })
  })

  it.each([
    ['--compare=etag', { now: '--compare=etag', before: '--compare=size' }],
    ['--verify', { now: '--verify' }],
    ['--include=*.jpg', { now: '--include=*.jpg' }],
  ])('%s is returned as changed', (typed, changed) => {
    expect(mergeResumeOptions(WORDS, ['--workers=20', typed])).toEqual({ words: WORDS, changed })
  })

  it.each([
    ['--workers=20', 'workers'],
    ['--set=a=b', 'set'],
    ['--delete', 'delete'],
  ])('%s names %s', (word, name) => {
    expect(optionName(word)).toBe(name)
  })
})
