import { describe, expect, it } from '@jest/globals'
import type { OpenSide } from '../../../src/cli/run/open-endpoints.js'
import { probeBucket, checkBuckets } from '../../../src/cli/run/preflight.js'
import { wholeBucket } from '../../../src/cli/run/resolve-pairs.js'
import { type Failure, StoreError } from '../../../src/pipeline/ports/failure.js'
import { MemoryStore } from '../../support/memory-store.js'

const { signal } = new AbortController()

/** An endpoint with the bucket `there`; with a failure, every question about a bucket ends in it. */
function side(failure?: Partial<Failure>): OpenSide {
  const store = Object.assign(new MemoryStore().seed('there', 'key', ''), {
    endpoint: 'http://a',
    listBuckets: () => Promise.resolve([]),
    close: () => undefined,
  })
  if (failure !== undefined)
    store.headBucket = () =>
      Promise.reject(new StoreError({ kind: 'transient', operation: 'HeadBucket', code: 'Http500', message: '', ...failure }))
  return { store, context: {} }
}

describe('before a run, a bucket', () => {
  it.each([
    ['there', 'exists'],
    ['gone', 'missing'],
  ])('"%s" %s', async (bucket, expected) => {
    expect(await probeBucket(side(), bucket, signal)).toBe(expected)
  })

  it.each<[string, Partial<Failure>]>([
    ['an error that a retry may fix', {}],
    ['a denied request', { kind: 'permanent', code: 'AccessDenied', status: 403 }],
  ])('after %s is left to the run', async (_what, failure) => {
    expect(await probeBucket(side(failure), 'there', signal)).toBe('unknown')
  })

  it.each<[Partial<Failure>]>([
    [{ code: 'ConnectionRefused' }],
    [{ code: 'UnknownHost' }],
    [{ kind: 'fatal', code: 'InvalidAccessKeyId' }],
  ])('after %j ends the command with 3', async (failure) => {
    await expect(probeBucket(side(failure), 'there', signal)).rejects.toMatchObject({ exitCode: 3, code: failure.code })
  })
})

describe('before a run, target buckets', () => {
  it('that are missing are named', async () => {
    const pairs = ['there', 'gone', 'away'].map((name) => ({ source: wholeBucket('there'), target: wholeBucket(name) }))
    expect([...(await checkBuckets(pairs, side(), side(), signal))]).toEqual(['gone', 'away'])
  })
})
