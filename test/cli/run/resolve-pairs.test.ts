import { describe, expect, it } from '@jest/globals'
import type { OpenSide } from '../../../src/cli/run/open-endpoints.js'
import { refuseBucketNames, refuseOverlap, wholeBucket } from '../../../src/cli/run/resolve-pairs.js'
import { oneObject, type BucketPrefix } from '../../../src/pipeline/ports/bucket-pair.js'
import { MemoryStore } from '../../support/memory-store.js'

/** An endpoint that holds a bucket under an old name. */
function side(endpoint: string): OpenSide {
  const listBuckets = () => Promise.resolve([])
  const store = Object.assign(new MemoryStore().seed('Old_Name', 'key', ''), { endpoint, listBuckets, close: () => undefined })
  return { store, context: {} }
}

describe('a missing target bucket', () => {
  const { signal } = new AbortController()
  const refusal = (endpoint: string, bucket: string) =>
    refuseBucketNames([{ source: wholeBucket('a'), target: wholeBucket(bucket) }], side(endpoint), signal).then(
      () => undefined,
      (error: unknown) => error,
    )

  it.each([
    ['Photos', /"Photos": it holds the capital letter "P"/, 'Did you mean photos?'],
    ['1 2', /"1 2": it holds a space/, 'Did you mean 1-2?'],
    ['büro', /"büro": it holds "ü"/, 'Choose another name at the target.'],
  ])('on AWS can’t be called %s', async (bucket, what, todo) => {
    for (const endpoint of ['https://s3.amazonaws.com', 'https://s3.eu-central-1.amazonaws.com'])
      expect(await refusal(endpoint, bucket)).toMatchObject({ exitCode: 2, what: expect.stringMatching(what), todo })
  })

  it('on AWS may have a valid name, or any name if it exists', async () => {
    for (const bucket of ['photos', 'Old_Name']) expect(await refusal('https://s3.amazonaws.com', bucket)).toBeUndefined()
  })

  it('on other servers may have any name', async () => {
    for (const endpoint of ['http://minio:9000', 'file://']) expect(await refusal(endpoint, 'Photos')).toBeUndefined()
  })
})

describe('source and target at one endpoint', () => {
  const refuses = (source: BucketPrefix, target: BucketPrefix, other = 'http://a') => {
    try {
      refuseOverlap([{ source, target }], side('http://a'), side(other))
      return false
    } catch {
      return true
    }
  }
  const below = (prefix: string): BucketPrefix => ({ bucket: 'b', prefix, self: true })

  it.each<[string, BucketPrefix, BucketPrefix, boolean]>([
    ['the same bucket', wholeBucket('b'), wholeBucket('b'), true],
    ['a prefix of it', wholeBucket('b'), below('x'), true],
    ['another prefix', below('x'), below('y'), false],
    ['another bucket', wholeBucket('b'), wholeBucket('c'), false],
    ['one object and itself', oneObject('b', 'x'), oneObject('b', 'x'), true],
    ['one object and another key', oneObject('b', 'x'), oneObject('b', 'x/x'), false],
    ['one object and the same key elsewhere', oneObject('b', 'x'), oneObject('c', 'x'), false],
  ])('%s: refused %s', (_what, source, target, refused) => {
    expect(refuses(source, target)).toBe(refused)
    expect(refuses(source, target, 'http://other')).toBe(false)
  })
})
