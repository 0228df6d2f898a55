import { expect, it } from '@jest/globals'
import { programOf } from '../../src/io/program-name.js'

it.each([
  ['nothing', undefined, 's3-sync'],
  ['an empty text', ' ', 's3-sync'],
  ['a path', './main.sh', './main.sh'],
  ['a command with words', 'opskit run s3-sync', 'opskit run s3-sync'],
  ['control characters', './main.sh\u001b[31m', 's3-sync'],
  ['several lines', 'a\nb', 's3-sync'],
  ['a very long text', 'x'.repeat(201), 's3-sync'],
])('given %s, hints name a command that fits on a line', (_what, command, named) => {
  expect(programOf(command)).toBe(named)
})
