import type { GlobRule, Selection } from '../../pipeline/plan/selection.js'
import type { Problem } from './problem.js'
import type { Tokens } from './tokenize.js'
import type { AgeOrDate } from './units.js'

/** The filters as typed; ages count back from the run's start. */
export interface TypedSelection {
  readonly globs: readonly GlobRule[]
  readonly ignoreCase?: boolean
  readonly minSize?: number
  readonly maxSize?: number
  readonly newerThan?: AgeOrDate
  readonly olderThan?: AgeOrDate
}

/** The filters of `--include`, `--exclude`, `--min-size` and so on. */
export function typedSelectionOf({ given, values, repeated }: Tokens): TypedSelection {
  const globs = repeated.flatMap(({ name, value }) =>
    name === 'include' || name === 'exclude' ? [{ include: name === 'include', glob: value }] : [],
  )
  const { 'min-size': minSize, 'max-size': maxSize, 'newer-than': newerThan, 'older-than': olderThan } = values
  return {
    globs,
    ...(given.has('ignore-case') ? { ignoreCase: true } : {}),
    ...(minSize === undefined ? {} : { minSize }),
    ...(maxSize === undefined ? {} : { maxSize }),
    ...(newerThan === undefined ? {} : { newerThan }),
    ...(olderThan === undefined ? {} : { olderThan }),
  }
}

/** Why the filters select nothing; undefined if they may select something. */
export function selectionProblem({ globs, minSize, maxSize }: TypedSelection): Problem | undefined {
  const last = globs.findLastIndex(({ include, glob }) => !include && /^(\*\*(\/\*)?|\*)$/.test(glob))
  if (last > 0 && globs.slice(last).every(({ include }) => !include) && globs.some(({ include }) => include)) {
    const { glob = '' } = globs[last] ?? {}
    return {
      what: `--exclude '${glob}' comes last and excludes everything.`,
      todo: 'The last matching glob decides: write it first, or leave it out.',
    }
  }
  if (minSize !== undefined && maxSize !== undefined && minSize > maxSize)
    return { what: '--min-size is more than --max-size: no object has such a size.', todo: 'Swap them.' }
  return undefined
}

/** The filters with ages turned into times. `now`: ms since the epoch. */
export function selectionAt({ newerThan, olderThan, ...others }: TypedSelection, now: number): Selection {
  const moment = (when: AgeOrDate): number => ('at' in when ? when.at : now - when.agoMs)
  return {
    ...others,
    ...(newerThan === undefined ? {} : { newerThan: moment(newerThan) }),
    ...(olderThan === undefined ? {} : { olderThan: moment(olderThan) }),
  }
}
