import { readFileSync } from 'node:fs'

/** A glob in a file, and its line number, from 1. */
export interface ListedGlob {
  readonly line: number
  readonly glob: string
}

/**
 * The globs in a file, one a line. Blank lines and lines that begin with `#` are ignored; write `\#` to begin a glob with `#`.
 * @returns undefined when the file can't be read as UTF-8 text
 */
export function globsIn(path: string): readonly ListedGlob[] | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
    const lines = text.split('\n').map((line, index) => ({ line: index + 1, glob: line.trim() }))
    return lines.filter(({ glob }) => glob !== '' && !glob.startsWith('#'))
  } catch {
    return undefined
  }
}
