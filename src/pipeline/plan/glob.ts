import { asStep, GlobReader, InvalidGlob } from './glob-reader.js'
import { isHigh, isWhole } from './glob-steps.js'

/** A parsed glob. */
export interface Glob {
  readonly matches: (name: string) => boolean
  /** The common beginning of all names that it matches; empty if unknown. */
  readonly begins: string
  /** Whether it certainly matches every name below a directory (its name ends with `/`). */
  readonly covers: (directory: string) => boolean
}

/** Two names below a directory that have nothing in common: a glob with an open end that matches both matches all names there. */
const PROBES = ['\u{f8ff}', '\u{f8fe}-/\u{f8ff}']

/**
 * Parses a glob (cli.md, "Globs"). A glob without `/` matches the last segment of a name. A glob with `/` starts at the top; a leading `/`
 * or `./` makes this explicit. A glob that ends with `/` matches everything below.
 * @param ignoreCase whether to ignore case
 * @returns the glob, or a sentence that describes the problem
 */
export function readGlob(glob: string, ignoreCase: boolean): Glob | { readonly problem: string } {
  const path = glob.replace(/^\.?\//, '')
  const isAnchored = path !== glob || path.includes('/')
  const isDirectory = isAnchored && (path === '' || path.endsWith('/'))
  // The small sigma at the end of a word is the only letter whose lower case depends on its neighbours.
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase().replaceAll('ς', 'σ') : text)
  try {
    const parts = new GlobReader(isDirectory ? `${path}**` : path, fold).whole()
    const [beginning = '', ending = ''] = [parts[0], parts.at(-1)].map((part) => (typeof part === 'string' ? part : ''))
    const step = asStep(parts)
    const matches = (name: string): boolean => {
      const subject = fold(isAnchored ? name : name.slice(name.lastIndexOf('/') + 1))
      // Most names differ at the beginning or the end, which is cheap to check.
      return subject.startsWith(beginning) && subject.endsWith(ending) && isWhole(subject, step)
    }
    const endsInAnything = isDirectory || /(^|\/)\*\*$/.test(path) || path === '*'
    return {
      matches,
      begins: isAnchored && !ignoreCase ? beginning : '',
      covers: (directory) => endsInAnything && PROBES.every((probe) => matches(directory + probe)),
    }
  } catch (error) {
    if (error instanceof InvalidGlob) return { problem: error.message }
    throw error
  }
}

/** The common beginning of texts; never splits a character. */
export function commonBeginning(texts: readonly string[]): string {
  const common = texts.reduce((so, other) => {
    let length = 0
    while (length < so.length && so[length] === other[length]) length++
    return so.slice(0, length)
  })
  return isHigh(common.charCodeAt(common.length - 1)) ? common.slice(0, -1) : common
}
