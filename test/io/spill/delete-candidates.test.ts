import { afterEach, describe, expect, it } from '@jest/globals'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileCandidates } from '../../../src/io/spill/delete-candidates.js'
import { fileSorter } from '../../../src/io/spill/external-sort.js'
import type { ObjectEntry } from '../../../src/pipeline/ports/objects.js'

const temp = mkdtempSync(join(tmpdir(), 's3-sync-candidates-'))
afterEach(() => rmSync(temp, { recursive: true, force: true }))

const entry = (key: string): ObjectEntry => ({ key, size: 1, etag: 'e', lastModified: 2 })
const keys = (count: number, name: string): ObjectEntry[] => Array.from({ length: count }, (_, i) => entry(`${name}${i}`))

async function batches(candidates: ReturnType<typeof fileCandidates>, pair: number): Promise<string[][]> {
  const all: string[][] = []
  for await (const batch of candidates.batches(pair)) all.push(batch.map(({ key }) => key))
  return all
}

describe('candidates for deletion in files', () => {
  it('are returned as they were added, each pair separately, in batches of a thousand', async () => {
    const candidates = fileCandidates(join(temp, 'kept'))
    await Promise.all([
      candidates.add(0, keys(1_500, 'a')),
      candidates.add(1, keys(2, 'odd\n\u2028"')),
      candidates.add(0, keys(700, 'b')),
    ])
    const [first, second] = [await batches(candidates, 0), await batches(candidates, 1)]
    expect(first.map(({ length }) => length)).toEqual([1_000, 1_000, 200])
    expect(first.flat().sort()).toEqual([...keys(1_500, 'a'), ...keys(700, 'b')].map(({ key }) => key).sort())
    expect(second).toEqual([['odd\n\u2028"0', 'odd\n\u2028"1']])
    await candidates.remove()
    expect(readdirSync(temp)).toEqual([])
  })

  it('without any candidate, there is no file', async () => {
    const candidates = fileCandidates(join(temp, 'kept'))
    expect(await batches(candidates, 0)).toEqual([])
    expect(existsSync(temp)).toBe(false)
    await candidates.remove()
  })

  it('are readable only by their owner', async () => {
    const candidates = fileCandidates(join(temp, 'kept'))
    await candidates.add(0, keys(1, 'a'))
    const file = join(temp, 'kept', 'deletes-0')
    expect([statSync(join(temp, 'kept')).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600])
    await candidates.remove()
  })

  it('of a process that died are kept, without an incomplete line and without duplicates', async () => {
    const directory = join(temp, 'kept')
    const first = fileCandidates(directory)
    await first.add(0, [entry('c'), entry('a')])
    await first.close()
    appendFileSync(join(directory, 'deletes-0'), '{"key":"cut sho')
    const again = fileCandidates(directory, fileSorter(temp))
    await again.add(0, [entry('b'), entry('a')])
    expect(await batches(again, 0)).toEqual([['a', 'b', 'c']])
    await again.remove()
    expect(existsSync(directory)).toBe(false)
  })

  it('of a process that died are kept when no more are added', async () => {
    const directory = join(temp, 'kept')
    const first = fileCandidates(directory)
    await first.add(0, [entry('a')])
    await first.close()
    appendFileSync(join(directory, 'deletes-0'), '{"key":"cut sho')
    expect(await batches(fileCandidates(directory, fileSorter(temp)), 0)).toEqual([['a']])
  })
})
