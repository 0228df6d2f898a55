import { readFileSync } from 'node:fs'

/** A glob of a file, and the line it is on, from 1. */
export interface ListedGlob {
  readonly line: number
  readonly glob: string
}

/**
 * The globs that a file holds, one a line. Blank lines and those that begin with `#` are none; a glob that begins so is written `\#`.
 * @returns undefined where the file can't be read as text in UTF-8
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
