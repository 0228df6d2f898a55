import type { GlobRule, Selection } from '../../pipeline/plan/selection.js'
import type { Problem } from './problem.js'
import type { Tokens } from './tokenize.js'
import type { When } from './units.js'

/** A selection as it was typed: ages count from the run's start. */
export interface TypedSelection {
  readonly globs: readonly GlobRule[]
  readonly ignoreCase?: boolean
  readonly minSize?: number
  readonly maxSize?: number
  readonly newerThan?: When
  readonly olderThan?: When
}

/** The selection that `--include`, `--exclude`, `--min-size` and the like make. */
export function selectionOf({ given, values, repeated }: Tokens): TypedSelection {
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

/** Why a selection makes no sense: nothing would ever be selected. */
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

/** The same with its ages as moments. `now`: ms since the epoch. */
export function selectionAt({ newerThan, olderThan, ...others }: TypedSelection, now: number): Selection {
  const moment = (when: When): number => ('at' in when ? when.at : now - when.agoMs)
  return {
    ...others,
    ...(newerThan === undefined ? {} : { newerThan: moment(newerThan) }),
    ...(olderThan === undefined ? {} : { olderThan: moment(olderThan) }),
  }
}
