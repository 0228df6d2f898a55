import { afterAll, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { globsIn } from '../../../src/io/files/glob-list.js'

const directory = mkdtempSync(join(tmpdir(), 's3-sync-globs-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function read(content: string | Buffer) {
  const file = join(directory, 'globs')
  writeFileSync(file, content)
  return globsIn(file)
}

it.each<[string, string, [line: number, glob: string][]]>([
  ['one a line', '*.jpg\ntmp/\n', [[1, '*.jpg'], [2, 'tmp/']]], // prettier-ignore
  ['the last line without its end', '*.jpg', [[1, '*.jpg']]],
  ['blank lines and comments are none', '\n# all\n  \n  # of them\n*\n', [[5, '*']]],
  ['a "#" that is escaped, or not the first', '\\#a\nb#c', [[1, '\\#a'], [2, 'b#c']]], // prettier-ignore
  ['line ends as on Windows', '*.jpg\r\n\r\nb\r\n', [[1, '*.jpg'], [3, 'b']]], // prettier-ignore
  ['spaces around a glob are none of it', '  a b  \t\n', [[1, 'a b']]],
  ['a byte order mark is none of it', '\ufeff*.jpg', [[1, '*.jpg']]],
  ['nothing', '', []],
])('%s', (_what, text, globs) => {
  expect(read(text)).toEqual(globs.map(([line, glob]) => ({ line, glob })))
})

it('a file that is missing, no regular file or not UTF-8 has no known globs', () => {
  expect(read(Buffer.from([0x61, 0xff]))).toBeUndefined()
  expect(globsIn(directory)).toBeUndefined()
  expect(globsIn(join(directory, 'never'))).toBeUndefined()
})
