import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { writeNamedFile } from '../../../src/io/files/named-file.js'

let directory: string
const at = (name: string): string => join(directory, name)
const modeOf = (name: string): number => statSync(at(name)).mode & 0o777
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'named-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('writing a file that the user named', () => {
  it('given none, then it has the mode that the umask leaves', () => {
    const umask = process.umask(0o027)
    try {
      writeNamedFile(at('new'), 'content')
    } finally {
      process.umask(umask)
    }
    expect([readFileSync(at('new'), 'utf8'), modeOf('new'), readdirSync(directory)]).toEqual(['content', 0o640, ['new']])
  })

  it('given a file, then it is replaced and keeps its mode', () => {
    writeFileSync(at('old'), 'longer than the new one')
    chmodSync(at('old'), 0o604)
    writeNamedFile(at('old'), 'content')
    expect([readFileSync(at('old'), 'utf8'), modeOf('old')]).toEqual(['content', 0o604])
  })

  it('given a link, then the file behind it is replaced, and the link stays', () => {
    writeFileSync(at('file'), 'old')
    symlinkSync('file', at('link'))
    writeNamedFile(at('link'), 'content')
    expect([readFileSync(at('file'), 'utf8'), lstatSync(at('link')).isSymbolicLink()]).toEqual(['content', true])
  })

  it('given a device behind a link, then it is written into and stays a device', () => {
    symlinkSync('/dev/null', at('null'))
    writeNamedFile(at('null'), 'content')
    expect(statSync(at('null')).isCharacterDevice()).toBe(true)
  })

  it('given a pipe that is read, then the reader gets the content, and the pipe stays', async () => {
    execFileSync('mkfifo', [at('pipe')])
    const reader = spawn('cat', [at('pipe')])
    const read = text(reader.stdout)
    for (;;) {
      try {
        writeNamedFile(at('pipe'), 'content')
        break
      } catch (error) {
        // The reader has not opened it yet.
        expect(error).toMatchObject({ code: 'ENXIO' })
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await once(reader, 'close')
    expect([await read, statSync(at('pipe')).isFIFO()]).toEqual(['content', true])
  })

  it('given a pipe that nobody reads, or a directory, then the error is thrown at once', () => {
    execFileSync('mkfifo', [at('pipe')])
    expect(() => writeNamedFile(at('pipe'), 'content')).toThrow(expect.objectContaining({ code: 'ENXIO' }))
    expect(() => writeNamedFile(directory, 'content')).toThrow(expect.objectContaining({ code: 'EISDIR' }))
  })
})
