import type { ObjectEntry } from './ports.js'

/** A glob that names go in or stay out by. */
export interface GlobRule {
  readonly include: boolean
  readonly glob: string
}

/** Which objects of the source a run is about (`--include`, `--exclude`, `--min-size`, …): plain data. */
export interface Selection {
  /** Later ones win, as with `aws s3`. What none of them names is in, unless the first is an include. */
  readonly globs: readonly GlobRule[]
  /** bytes; both are in */
  readonly minSize?: number
  readonly maxSize?: number
  /** Modified after, and before; ms since the epoch. */
  readonly newerThan?: number
  readonly olderThan?: number
}

/** Makes of a glob the question whether a name matches it. */
export type CompileGlob = (glob: string) => (name: string) => boolean

/** Whether an object is selected; `name` is its key below the place's prefix. */
export type Selects = (name: string, entry: ObjectEntry) => boolean

/** The question of a selection; undefined where all objects are selected. */
export function selects(selection: Selection, compile: CompileGlob): Selects | undefined {
  const { globs, minSize = 0, maxSize = Infinity, newerThan = -Infinity, olderThan = Infinity } = selection
  const isAll = globs.length === 0 && minSize === 0 && maxSize === Infinity && newerThan === -Infinity && olderThan === Infinity
  if (isAll) return undefined
  const rules = globs.map(({ include, glob }) => ({ include, matches: compile(glob) })).reverse()
  const otherwise = globs[0]?.include !== true
  const isNamed = (name: string): boolean => rules.find(({ matches }) => matches(name))?.include ?? otherwise
  return (name, { size, lastModified }) =>
    size >= minSize && size <= maxSize && lastModified > newerThan && lastModified < olderThan && isNamed(name)
}

/** Characters that mean something in a glob, and those that begin what means something before a parenthesis. */
const SPECIAL = /[*?[\]{}()!+@\\|]/

/**
 * What all selected names begin with, as far as the globs tell: only names that an include matches are selected, and each begins with what
 * the glob says before its first special character; but for a slash there, since `a/**` is also `a`. Empty where nothing can be told.
 */
export function narrowing({ globs }: Selection): string {
  if (globs[0]?.include !== true) return ''
  const literals = globs.filter(({ include }) => include).map(({ glob }) => (glob.split(SPECIAL, 1)[0] ?? '').replace(/\/$/, ''))
  return literals.reduce((common, other) => {
    let length = 0
    while (length < common.length && common[length] === other[length]) length++
    return common.slice(0, length)
  })
}
