import { describe, expect, it } from '@jest/globals'
import { isOneObject } from '../../../src/cli/run/one-object.js'
import type { OpenSide } from '../../../src/cli/run/open-endpoints.js'
import { type Failure, StoreError } from '../../../src/pipeline/ports/failure.js'
import { place } from '../../pipeline/harness.js'
import { MemoryStore } from '../../support/memory-store.js'
import { fakeProcess } from '../../support/fake-process.js'

const ONCE = { retries: 0, retryDelayMs: 0 }

function side(keys: readonly string[]): OpenSide & { readonly store: MemoryStore } {
  const store = new MemoryStore().seed('b', 'else', '')
  for (const key of keys) store.seed('b', key, '')
  return {
    store: Object.assign(store, { endpoint: 'http://a', listBuckets: () => Promise.resolve([]), close: () => undefined }),
    context: {},
  }
}

const failure = (more: Partial<Failure>): Failure => ({
  kind: 'permanent',
  operation: 'ListObjectsV2',
  code: 'AccessDenied',
  message: '',
  ...more,
})

describe('whether a prefix names one object', () => {
  it.each<[what: string, keys: readonly string[], isOne: boolean]>([
    ['the object alone', ['x'], true],
    ['the object, and one whose name begins with it', ['x', 'x.bak'], true],
    ['the object, and keys below it', ['x', 'x/k'], false],
    ['keys below it', ['x/k'], false],
    ['the key that ends in "/"', ['x', 'x/'], false],
    ['only one whose name begins with it', ['x.bak'], false],
    ['nothing', [], false],
  ])('given %s', async (_what, keys, isOne) => {
    expect(await isOneObject(place('b', 'x', true), ONCE, side(keys), fakeProcess().proc)).toBe(isOne)
  })

  it('given a bucket that is missing, is not one object, and the run says why', async () => {
    expect(await isOneObject(place('gone', 'x', true), ONCE, side(['x']), fakeProcess().proc)).toBe(false)
  })

  it('given that listing is denied, is not one object, and the run says why', async () => {
    const denied = side(['x'])
    denied.store.failing('listPage', () => failure({}))
    expect(await isOneObject(place('b', 'x', true), ONCE, denied, fakeProcess().proc)).toBe(false)
  })

  it.each<
    [what: string, failures: number, retries: number, outcome: true | { readonly exitCode: number; readonly code: string }]
  >([
    ['once, with a retry', 1, 1, true],
    ['once, without a retry', 1, 0, { exitCode: 3, code: 'Http500' }],
    ['again and again', 9, 2, { exitCode: 3, code: 'Http500' }],
  ])('given a server that fails %s', async (_what, failures, retries, outcome) => {
    const failing = side(['x'])
    failing.store.failing('listPage', (_call, count) =>
      count <= failures ? failure({ kind: 'transient', code: 'Http500' }) : undefined,
    )
    const answer = isOneObject(place('b', 'x', true), { retries, retryDelayMs: 0 }, failing, fakeProcess().proc)
    expect(await answer.catch((error: unknown) => error)).toEqual(outcome === true ? true : expect.objectContaining(outcome))
  })

  it('given a broken invariant, is not taken for an answer', async () => {
    const broken = side(['x'])
    broken.store.listPage = () => Promise.reject(new TypeError('never'))
    const answer = isOneObject(place('b', 'x', true), ONCE, broken, fakeProcess().proc)
    await expect(answer).rejects.not.toBeInstanceOf(StoreError)
  })
})
