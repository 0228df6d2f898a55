import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OpenSide } from '../../../src/cli/run/open-endpoints.js'
import { wholeBucket } from '../../../src/cli/run/resolve-pairs.js'
import { lockPairs } from '../../../src/cli/run/run-locks.js'
import { MemoryStore } from '../../support/memory-store.js'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 's3-sync-locks-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function side(endpoint: string): OpenSide {
  const rest = { endpoint, listBuckets: () => Promise.resolve([]), close: () => undefined }
  return { store: Object.assign(new MemoryStore(), rest), context: {} }
}
const pair = (name: string) => ({ source: wholeBucket(name), target: wholeBucket(name) })
const lock = (names: readonly string[], source = 'http://a') =>
  lockPairs(directory, 'run-1', names.map(pair), side(source), side('http://b'))

describe('the pairs of a run', () => {
  it('are locked against another run, which then keeps none of its own locks', () => {
    const release = lock(['one', 'two'])
    expect(() => lock(['three', 'two'])).toThrow(expect.objectContaining({ exitCode: 3, code: 'RunInProgress' }))
    release()
    lock(['three', 'two'])()
  })

  it('of another endpoint are not locked', () => {
    const release = lock(['one'])
    lock(['one'], 'http://other')()
    release()
  })

  it('are not locked after the release', () => {
    lock(['one', 'two'])()
    expect(readdirSync(directory).filter((name) => name.endsWith('.lock'))).toEqual([])
  })
})
