import { afterAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileSorter } from '../../../src/io/spill/external-sort.js'
import { uniqueKeys } from '../../../src/io/spill/unique-keys.js'
import { compareKeys } from '../../../src/pipeline/ports/key-order.js'

const temp = mkdtempSync(join(tmpdir(), 's3-sync-unique-'))
afterAll(() => rmSync(temp, { recursive: true, force: true }))

/** Short runs, so that they are on disk. */
const sorter = fileSorter(temp, 3)

async function* pagesOf(pages: readonly (readonly string[])[], onEnd: () => void = () => undefined) {
  try {
    for (const page of pages) yield await Promise.resolve(page)
  } finally {
    onEnd()
  }
}

async function read(pages: readonly (readonly string[])[], remembered: number): Promise<string[]> {
  const keys: string[] = []
  for await (const page of uniqueKeys(pagesOf(pages), sorter, remembered)) keys.push(...page)
  return keys
}

const anyPages = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'é', '🚀', '\uff5e', 'a\n'), { maxLength: 4 }), {
  maxLength: 6,
})

describe('a list with repeated keys', () => {
  it('returns each key once, however many are remembered', async () => {
    const cases = fc.asyncProperty(anyPages, fc.integer({ min: 1, max: 10 }), async (pages, remembered) => {
      const keys = await read(pages, remembered)
      expect([...keys].sort(compareKeys)).toEqual([...new Set(pages.flat())].sort(compareKeys))
      expect(await read(pages, remembered)).toEqual(keys)
    })
    await fc.assert(cases, { numRuns: 300 })
  })

  it('keeps its order up to the limit of remembered keys, and is sorted after that', async () => {
    const pages = [['z', 'a', 'z'], ['m', 'a'], ['y', 'b', 'z'], ['c', 'b']] // prettier-ignore
    expect(await read(pages, 100)).toEqual(['z', 'a', 'm', 'y', 'b', 'c'])
    expect(await read(pages, 3)).toEqual(['z', 'a', 'm', 'b', 'c', 'y'])
  })

  it.each([
    ['while it is read', 100],
    ['while it is sorted', 1],
  ])('is closed when its reader stops, %s, and leaves nothing on disk', async (_when, remembered) => {
    let isClosed = false
    const pages = pagesOf([['a'], ['b', 'c', 'd'], ['e', 'f', 'g'], ['h']], () => (isClosed = true))
    const keys = uniqueKeys(pages, sorter, remembered)
    await keys.next()
    await keys.next()
    await keys.return(undefined)
    expect(isClosed).toBe(true)
    expect(existsSync(temp) ? readdirSync(temp) : []).toEqual([])
  })
})
