import { afterAll, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { keysIn } from '../../../src/io/files/key-list.js'

const directory = mkdtempSync(join(tmpdir(), 's3-sync-keys-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function read(content: string | Buffer, chunk?: number): Promise<string[]> {
  const bytes = Buffer.from(content)
  const keys: string[] = []
  if (chunk === undefined) {
    const file = join(directory, 'keys')
    writeFileSync(file, bytes)
    for await (const page of keysIn(file, Readable.from([]))) keys.push(...page)
    return keys
  }
  const pieces = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, i) => bytes.subarray(i * chunk, (i + 1) * chunk))
  for await (const page of keysIn('-', Readable.from(pieces))) keys.push(...page)
  return keys
}

describe('a list of keys', () => {
  it.each<[string, string, string[]]>([
    ['one a line', 'a\nb/c\n', ['a', 'b/c']],
    ['the last line without its end', 'a\nb', ['a', 'b']],
    ['empty lines are no keys', '\na\n\n\nb\n', ['a', 'b']],
    ['line ends as on Windows', 'a\r\nb\r\n', ['a', 'b']],
    ['spaces belong to the key', ' a \n\tb\n', [' a ', '\tb']],
    ['with NULs, keys hold line ends', 'a\nb\0c\r\n\0', ['a\nb', 'c\r\n']],
    ['a single one', 'a', ['a']],
    ['none', '', []],
    ['beyond ASCII', 'é/日本/🚀\n', ['é/日本/🚀']],
    ['a byte order mark is none of a key', '\ufeffa\n', ['a']],
  ])('%s', async (_what, text, keys) => {
    expect(await read(text)).toEqual(keys)
    for (const chunk of [1, 2, 3]) expect(await read(text, chunk)).toEqual(keys)
  })

  it('many keys come in pages', async () => {
    const keys = Array.from({ length: 2_345 }, (_, i) => `key-${i}`)
    writeFileSync(join(directory, 'many'), keys.join('\n'))
    const pages: (readonly string[])[] = []
    for await (const page of keysIn(join(directory, 'many'), Readable.from([]))) pages.push(page)
    expect(pages.flat()).toEqual(keys)
    expect(Math.max(...pages.map(({ length }) => length))).toBe(1_000)
  })

  it.each([
    ['no UTF-8', Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a])],
    ['cut in the middle of a character', Buffer.from('é').subarray(0, 1)],
  ])('%s is an error', async (_what, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ failure: { code: 'BadKeyList', kind: 'fatal' } })
  })

  it('a missing file is an error', async () => {
    await expect(keysIn(join(directory, 'never'), Readable.from([])).next()).rejects.toMatchObject({
      failure: { code: 'BadKeyList' },
    })
  })
})
