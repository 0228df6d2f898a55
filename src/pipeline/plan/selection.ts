import type { ObjectEntry } from '../ports/objects.js'
import { commonBeginning, type Glob, readGlob } from './glob.js'

/** A glob that includes or excludes names. */
export interface GlobRule {
  readonly include: boolean
  readonly glob: string
}

/** Selects the source objects of a run (`--include`, `--exclude`, `--min-size`, …): plain data. */
export interface Selection {
  /** Valid globs. The last matching glob decides; a name that matches none is selected, unless the first glob is an include. */
  readonly globs: readonly GlobRule[]
  /** Globs ignore case. */
  readonly ignoreCase?: boolean
  /** bytes; both limits are inclusive */
  readonly minSize?: number
  readonly maxSize?: number
  /** Modified after, and before; ms since the epoch. */
  readonly newerThan?: number
  readonly olderThan?: number
}

/** Whether an object is selected; `name` is its key relative to the prefix. */
export type Selects = (name: string, entry: ObjectEntry) => boolean

/** The parsed globs of a selection. Records which of them have matched no name so far. */
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

  /** Whether all names below a directory (its name ends with `/`) are certainly excluded. */
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

  /** Globs that have matched no name so far. */
  get unmatched(): readonly GlobRule[] {
    return [...this.waiting].map(({ rule }) => rule)
  }
}

/** The predicate of a selection; undefined if all objects are selected. */
export function selects(selection: Selection, globs: Globs): Selects | undefined {
  const { minSize = 0, maxSize = Infinity, newerThan = -Infinity, olderThan = Infinity } = selection
  const isAll =
    selection.globs.length === 0 && minSize === 0 && maxSize === Infinity && newerThan === -Infinity && olderThan === Infinity
  if (isAll) return undefined
  // Globs first: whether a glob has matched anything must not depend on sizes.
  return (name, { size, lastModified }) =>
    globs.selects(name) && size >= minSize && size <= maxSize && lastModified > newerThan && lastModified < olderThan
}

/**
 * The common beginning of all selected names, as far as the globs show: only names that match an include are selected. Empty if there is
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
