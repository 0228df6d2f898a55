import { describe, expect, it } from '@jest/globals'
import fg from 'fast-glob'
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const SRC = join(import.meta.dirname, '../src')
const files = fg.sync('**/*.ts', { cwd: SRC }).sort()

/** What a file imports, statically or not: paths below src for its own, names for packages. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8')
  const written = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) => name)
  return written.map((name) => (name.startsWith('.') ? relative(SRC, join(SRC, dirname(file), name)) : name))
}

/** Imports go one way: main → commands → prompts, io → pipeline. By room: the other rooms it may look into. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  pipeline: [],
  io: ['pipeline'],
  prompts: ['pipeline'],
  commands: ['pipeline', 'io', 'prompts'],
  'main.ts': ['commands', 'prompts'],
}

const roomOf = (path: string): string => path.split('/')[0] ?? ''

describe('the rooms of the house', () => {
  it('are the known ones', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(MAY_USE).sort())
  })

  it('look only into their own and into those below', () => {
    const wrong = files.flatMap((file) => {
      const rooms = importsOf(file)
        .filter((name) => /^(pipeline|io|prompts|commands|main)\b/.test(name))
        .map(roomOf)
      const allowed = [roomOf(file), ...(MAY_USE[roomOf(file)] ?? [])]
      return rooms.filter((room) => !allowed.includes(room)).map((room) => `${file} → ${room}`)
    })
    expect(wrong).toEqual([])
  })

  it('the pipeline imports nothing but rxjs and its own room', () => {
    const pipeline = files.filter((file) => roomOf(file) === 'pipeline')
    const wrong = pipeline.flatMap((file) => importsOf(file).filter((name) => name !== 'rxjs' && roomOf(name) !== 'pipeline'))
    expect(pipeline.length).toBeGreaterThan(20)
    expect(wrong).toEqual([])
  })

  it('process.exit is called in main.ts and nowhere else', () => {
    const exits = files.filter((file) => readFileSync(join(SRC, file), 'utf8').includes('process.exit('))
    expect(exits).toEqual(['main.ts'])
  })

  it('only one file knows enquirer, and the S3 SDK stays in io/s3', () => {
    expect(files.filter((file) => importsOf(file).includes('enquirer'))).toEqual(['prompts/questions.ts'])
    const sdk = files.filter((file) =>
      importsOf(file).some((name) => name.startsWith('@aws-sdk/') || name.startsWith('@smithy/')),
    )
    expect(sdk.filter((file) => !file.startsWith('io/s3/'))).toEqual([])
  })
})
