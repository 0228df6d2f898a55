import { afterAll, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RateBook } from '../../../src/io/files/measured-rates.js'

const directory = mkdtempSync(join(tmpdir(), 's3-sync-rates-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('measured rates', () => {
  it('are saved by pair of endpoints, the better one of each', () => {
    const path = join(directory, 'rates.json')
    new RateBook(path).note('a → b', { objectsPerSecond: 100, bytesPerSecond: 5 })
    new RateBook(path).note('a → b', { objectsPerSecond: 10, bytesPerSecond: 50 })
    new RateBook(path).note('b → a', { objectsPerSecond: 1, bytesPerSecond: 1 })
    expect(new RateBook(path).find('a → b')).toEqual({ objectsPerSecond: 100, bytesPerSecond: 50 })
    expect(new RateBook(path).find('c → d')).toBeUndefined()
  })

  it('if they can’t be written, only an estimate is lost', () => {
    const nowhere = new RateBook(join(directory, 'missing/rates.json'))
    nowhere.note('a → b', { objectsPerSecond: 1, bytesPerSecond: 1 })
    expect(nowhere.find('a → b')).toBeUndefined()
  })

  it.each(['', 'no JSON', '[1]', '{"a":{"objectsPerSecond":"fast"}}'])('a file with %j counts as empty', (text) => {
    const path = join(directory, 'odd.json')
    writeFileSync(path, text)
    expect(new RateBook(path).find('a')).toBeUndefined()
    new RateBook(path).note('a', { objectsPerSecond: 1, bytesPerSecond: 2 })
    expect(new RateBook(path).find('a')).toEqual({ objectsPerSecond: 1, bytesPerSecond: 2 })
  })
})
