import { asStep, GlobReader, InvalidGlob } from './glob-reader.js'
import { isHigh, isWhole } from './glob-steps.js'

/** A glob that was read. */
export interface Glob {
  readonly matches: (name: string) => boolean
  /** What every name begins with that it matches; empty where that is unknown. */
  readonly begins: string
  /** Whether it certainly matches every name below a directory, which is written with its `/`. */
  readonly covers: (directory: string) => boolean
}

/** Names below a directory that are alike in nothing: what is said of both by a glob that ends in anything is said of all. */
const PROBES = ['\u{f8ff}', '\u{f8fe}-/\u{f8ff}']

/**
 * Reads a glob (cli.md, "Globs"). One without a `/` is about the last segment of a name; with one it begins at the top, which a `/` or `./` in
 * front says expressly; one that ends with `/` is about all that is below.
 * @param ignoreCase whether capital and small letters are the same
 * @returns the glob, or what is wrong with it in a sentence
 */
export function readGlob(glob: string, ignoreCase: boolean): Glob | { readonly problem: string } {
  const path = glob.replace(/^\.?\//, '')
  const isAnchored = path !== glob || path.includes('/')
  const isDirectory = isAnchored && (path === '' || path.endsWith('/'))
  // The small sigma at the end of a word is the only letter whose small form depends on its neighbours.
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase().replaceAll('ς', 'σ') : text)
  try {
    const parts = new GlobReader(isDirectory ? `${path}**` : path, fold).whole()
    const [beginning = '', ending = ''] = [parts[0], parts.at(-1)].map((part) => (typeof part === 'string' ? part : ''))
    const step = asStep(parts)
    const matches = (name: string): boolean => {
      const subject = fold(isAnchored ? name : name.slice(name.lastIndexOf('/') + 1))
      // Most names differ at an end.
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

/** What the names have in common that all of these are the beginnings of; whole characters. */
export function commonBeginning(texts: readonly string[]): string {
  const common = texts.reduce((so, other) => {
    let length = 0
    while (length < so.length && so[length] === other[length]) length++
    return so.slice(0, length)
  })
  return isHigh(common.charCodeAt(common.length - 1)) ? common.slice(0, -1) : common
}
