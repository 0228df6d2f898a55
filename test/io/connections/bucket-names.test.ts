import { describe, expect, it } from '@jest/globals'
import { bucketProblem, nameMeant, namingProblem } from '../../../src/io/connections/bucket-names.js'

describe('the name of a bucket', () => {
  it('is impossible only if no server accepts it', () => {
    expect(['my-bucket', 'Upper_Case', 'a', '１', '1 2', 'a,b', '...'].map(bucketProblem).filter(Boolean)).toEqual([])
    for (const bucket of ['', 'a/b', '.', '..']) expect(bucketProblem(bucket)).toMatch(/\.$/)
  })

  it.each(['abc', 'my-bucket.2026', '123', 'all', 'a'.repeat(63), '1.2.3', 'xn-a'])(
    '%s conforms to the rules of AWS',
    (bucket) => {
      expect(namingProblem(bucket)).toBeUndefined()
    },
  )

  it.each([
    ['1 2', 'a space'],
    ['all,1', 'a comma'],
    ['Photos', 'the capital letter "P"'],
    ['１', 'the wide character "１"'],
    ['my_bucket', '"_"'],
    ['büro', '"ü"'],
    ['ab', '3 to 63'],
    ['a'.repeat(64), '3 to 63'],
    ['-abc', 'begins or ends'],
    ['abc.', 'begins or ends'],
    ['a..b', 'two dots'],
    ['192.168.0.1', 'IP address'],
    ['xn--abc', 'keeps such names'],
    ['abc-s3alias', 'keeps such names'],
  ])('%s breaks the rules of AWS: %s', (bucket, why) => {
    expect(namingProblem(bucket)).toContain(`"${bucket}"`)
    expect(namingProblem(bucket)).toContain(why)
  })

  it.each([
    ['Photos', 'photos'],
    ['my_bucket', 'my-bucket'],
    ['ｐｈｏｔｏｓ', 'photos'],
    ['Old photos', 'old-photos'],
    ['a', undefined],
    ['büro', undefined],
  ])('for %s, the suggestion is %s', (bucket, meant) => {
    expect(nameMeant(bucket)).toBe(meant)
  })
})
