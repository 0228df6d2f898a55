import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { makePrivateDirectory, readIfThere, writeAtomically } from '../../../src/io/files/atomic-files.js'
import { temporaryDirectory } from './directory.js'

const directory = temporaryDirectory()
const path = (): string => join(directory.path, 'file')

describe('writing a file atomically', () => {
  it('given nothing or another content, then the new content is there, for its owner only, and nothing beside it', () => {
    for (const content of ['first', Buffer.from('second')]) {
      writeAtomically(path(), content)
      expect(readFileSync(path())).toEqual(Buffer.from(content))
    }
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory.path)).toEqual(['file'])
  })

  it('given a mode, then it is the file’s, whatever the umask and the older file say', () => {
    writeFileSync(path(), 'old', { mode: 0o640 })
    const umask = process.umask(0o077)
    try {
      writeAtomically(path(), 'new', 0o644)
    } finally {
      process.umask(umask)
    }
    expect(statSync(path()).mode & 0o777).toBe(0o644)
  })

  it('given a place that can’t be replaced, then the error comes out and no temporary file stays', () => {
    mkdirSync(join(path(), 'inside'), { recursive: true })
    expect(() => writeAtomically(path(), 'new')).toThrow()
    expect(readdirSync(directory.path)).toEqual(['file'])
  })
})

describe('reading a file that may be missing', () => {
  it('given none, or a file where its directory should be, then it is undefined', () => {
    expect(readIfThere(path())).toBeUndefined()
    writeFileSync(path(), 'text')
    expect(readIfThere(join(path(), 'below'))).toBeUndefined()
    expect(readIfThere(path())).toBe('text')
  })

  it('given something else that can’t be read, then the error comes out', () => {
    expect(() => readIfThere(directory.path)).toThrow('EISDIR')
  })
})

describe('a private directory', () => {
  it('given none, then it and those above it are made for their owner only', () => {
    makePrivateDirectory(join(directory.path, 'a/b'))
    for (const made of ['a', 'a/b']) expect(statSync(join(directory.path, made)).mode & 0o777).toBe(0o700)
  })
})
