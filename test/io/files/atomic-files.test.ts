import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { makePrivateDirectory, readIfThere, writeAtomically } from '../../../src/io/files/atomic-files.js'
import { temporaryDirectory } from './directory.js'

const directory = temporaryDirectory()
const path = (): string => join(directory.path, 'file')

describe('writing a file atomically', () => {
  it('given no file or another content, then the file has the new content, only its owner can read it, and no other file is left', () => {
    for (const content of ['first', Buffer.from('second')]) {
      writeAtomically(path(), content)
      expect(readFileSync(path())).toEqual(Buffer.from(content))
    }
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory.path)).toEqual(['file'])
  })

  it('given a mode, then the file has it, whatever the umask and the older file’s mode', () => {
    writeFileSync(path(), 'old', { mode: 0o640 })
    const umask = process.umask(0o077)
    try {
      writeAtomically(path(), 'new', 0o644)
    } finally {
      process.umask(umask)
    }
    expect(statSync(path()).mode & 0o777).toBe(0o644)
  })

  it('given a path that can’t be replaced, then the error is thrown and no temporary file is left', () => {
    mkdirSync(join(path(), 'inside'), { recursive: true })
    expect(() => writeAtomically(path(), 'new')).toThrow()
    expect(readdirSync(directory.path)).toEqual(['file'])
  })
})

describe('reading a file that may be missing', () => {
  it('given no file, or a file in place of its directory, then the result is undefined', () => {
    expect(readIfThere(path())).toBeUndefined()
    writeFileSync(path(), 'text')
    expect(readIfThere(join(path(), 'below'))).toBeUndefined()
    expect(readIfThere(path())).toBe('text')
  })

  it('given something else that can’t be read, then the error is thrown', () => {
    expect(() => readIfThere(directory.path)).toThrow('EISDIR')
  })
})

describe('a private directory', () => {
  it('given none, then it and its parents are created, and only their owner can enter', () => {
    makePrivateDirectory(join(directory.path, 'a/b'))
    for (const made of ['a', 'a/b']) expect(statSync(join(directory.path, made)).mode & 0o777).toBe(0o700)
  })
})
