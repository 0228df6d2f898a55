import { readGlob } from '../../pipeline/plan/glob.js'
import type { Problem } from './problem.js'
import type { Tokens } from './tokenize.js'

/** Reads the globs of a file with their line numbers; undefined if the file can't be read. */
export type ReadGlobFile = (file: string) => readonly { readonly line: number; readonly glob: string }[] | undefined

const FROM = { 'include-from': 'include', 'exclude-from': 'exclude' } as const

/** Replaces each glob file with its globs, as if they had been typed: a resumed run must not change with the file. */
export function withGlobFiles(tokens: Tokens, read: ReadGlobFile): Tokens | Problem {
  const repeated: Tokens['repeated'][number][] = []
  for (const option of tokens.repeated) {
    const { name, value } = option
    if (name !== 'include-from' && name !== 'exclude-from') {
      repeated.push(option)
      continue
    }
    const globs = read(value)
    if (globs === undefined)
      return {
        what: `--${name} ${value}: there is no such file, or it can't be read as text in UTF-8.`,
        todo: 'Give a file with one glob a line.',
      }
    if (globs.length === 0 && name === 'include-from')
      return { what: `--${name} ${value}: the file holds no glob.`, todo: 'Write one a line, or leave the option out.' }
    for (const { line, glob } of globs) {
      const answer = readGlob(glob, false)
      if ('problem' in answer)
        return { what: `--${name} ${value}, line ${line}: "${glob}": ${answer.problem}`, todo: 'Correct the file.' }
      repeated.push({ name: FROM[name], value: glob })
    }
  }
  return { ...tokens, repeated }
}
