import type { ObjectEntry } from '../ports/objects.js'
import { commonBeginning, type Glob, readGlob } from './glob.js'

/** A glob that names go in or stay out by. */
export interface GlobRule {
  readonly include: boolean
  readonly glob: string
}

/** Which objects of the source a run is about (`--include`, `--exclude`, `--min-size`, …): plain data. */
export interface Selection {
  /** Valid ones. The last that matches decides; a name that none matches is in, unless the first is an include. */
  readonly globs: readonly GlobRule[]
  /** For globs, capital and small letters are the same. */
  readonly ignoreCase?: boolean
  /** bytes; both are in */
  readonly minSize?: number
  readonly maxSize?: number
  /** Modified after, and before; ms since the epoch. */
  readonly newerThan?: number
  readonly olderThan?: number
}

/** Whether an object is selected; `name` is its key below the place's prefix. */
export type Selects = (name: string, entry: ObjectEntry) => boolean

/** The globs of a selection, ready to be asked. Remembers which of them have matched nothing so far. */
export class Globs {
  private readonly waiting: Set<{ readonly rule: GlobRule; readonly glob: Glob }>
  private readonly lastFirst: readonly { readonly rule: GlobRule; readonly glob: Glob }[]
  private readonly otherwise: boolean

  constructor({ globs, ignoreCase = false }: Pick<Selection, 'globs' | 'ignoreCase'>) {
    const read = globs.map((rule) => ({ rule, glob: valid(rule.glob, ignoreCase) }))
    this.waiting = new Set(read)
    this.lastFirst = read.reverse()
    this.otherwise = globs[0]?.include !== true
  }

  selects(name: string): boolean {
    for (const one of this.waiting) if (one.glob.matches(name)) this.waiting.delete(one)
    return this.lastFirst.find(({ glob }) => glob.matches(name))?.rule.include ?? this.otherwise
  }

  /** Whether all names below a directory, which is written with its `/`, are certainly left out. */
  leavesOut(directory: string): boolean {
    for (const one of this.lastFirst) {
      const { rule, glob } = one
      const mayMatch = glob.begins.startsWith(directory) || directory.startsWith(glob.begins)
      if (rule.include && mayMatch) return false
      if (rule.include || !glob.covers(directory)) continue
      this.waiting.delete(one)
      return true
    }
    return !this.otherwise
  }

  /** Those that no name has matched that was asked about. */
  get unmatched(): readonly GlobRule[] {
    return [...this.waiting].map(({ rule }) => rule)
  }
}

/** The question of a selection; undefined where all objects are selected. */
export function selects(selection: Selection, globs: Globs): Selects | undefined {
  const { minSize = 0, maxSize = Infinity, newerThan = -Infinity, olderThan = Infinity } = selection
  const isAll =
    selection.globs.length === 0 && minSize === 0 && maxSize === Infinity && newerThan === -Infinity && olderThan === Infinity
  if (isAll) return undefined
  // Globs first: whether one has matched anything must not depend on sizes.
  return (name, { size, lastModified }) =>
    globs.selects(name) && size >= minSize && size <= maxSize && lastModified > newerThan && lastModified < olderThan
}

/**
 * The common beginning of all selected names, as far as the globs show: only names that an include matches are selected. Empty where there is
 * none.
 */
export function narrowing({ globs, ignoreCase = false }: Selection): string {
  if (globs[0]?.include !== true) return ''
  return commonBeginning(globs.filter(({ include }) => include).map(({ glob }) => valid(glob, ignoreCase).begins))
}

function valid(glob: string, ignoreCase: boolean): Glob {
  const read = readGlob(glob, ignoreCase)
  if ('problem' in read) throw new Error(`a glob that was not checked: ${read.problem}`)
  return read
}
