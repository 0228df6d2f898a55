import { describe, expect, it } from '@jest/globals'
import { newMd5 } from '../../../src/io/hashers.js'
import { hasMd5Etags } from '../../../src/pipeline/proof/witness.js'
import { MemoryStore } from '../../support/memory-store.js'

const { signal: never } = new AbortController()
const FALSE_ETAG = { etag: 'f'.repeat(32) }

describe('whether the ETags of a bucket are MD5s, judged by other objects', () => {
  const judged = (store: MemoryStore) => hasMd5Etags(store, { bucket: 'b', except: 'it' }, newMd5, never)

  it.each<[found: string, store: MemoryStore, verdict: boolean | undefined]>([
    ['nothing but the object itself', new MemoryStore().seed('b', 'it', 'x'), undefined],
    ['one that fits', new MemoryStore().seed('b', 'it', 'x').seed('b', 'a', 'a'), true],
    ['one of two that fits', new MemoryStore().seed('b', 'a', 'a', FALSE_ETAG).seed('b', 'b', 'b'), true],
    ['none that fits', new MemoryStore().seed('b', 'a', 'a', FALSE_ETAG).seed('b', 'b', 'b', FALSE_ETAG), false],
    ['only empty ones', new MemoryStore().seed('b', 'a', '').seed('b', 'b', ''), undefined],
    ['only objects in parts', new MemoryStore().seed('b', 'a', 'a', { etag: `${'f'.repeat(32)}-2` }), undefined],
    ['only archived ones', new MemoryStore().seed('b', 'a', 'a', { archived: true }), undefined],
  ])('%s', async (_, store, verdict) => {
    expect(await judged(store)).toBe(verdict)
  })
})
