import { readGlob } from '../../pipeline/plan/glob.js'
import type { GlobRule, Selection } from '../../pipeline/plan/selection.js'
import type { Problem, Tokens } from './tokenize.js'
import { parseSize, parseWhen, type When } from './units.js'

/** A selection as it was typed: ages count from the run's start. */
export interface TypedSelection {
  readonly globs: readonly GlobRule[]
  readonly ignoreCase?: boolean
  readonly minSize?: number
  readonly maxSize?: number
  readonly newerThan?: When
  readonly olderThan?: When
}

/** Reads `--include`, `--exclude`, `--min-size` and the like; they were found well-formed before. */
export function selectionOf({ given, values, repeated }: Tokens): TypedSelection {
  const globs = repeated.flatMap(({ name, value }) =>
    name === 'include' || name === 'exclude' ? [{ include: name === 'include', glob: value }] : [],
  )
  const [minSize, maxSize] = [parseSize(values.get('min-size') ?? ''), parseSize(values.get('max-size') ?? '')]
  const [newerThan, olderThan] = [parseWhen(values.get('newer-than') ?? ''), parseWhen(values.get('older-than') ?? '')]
  return {
    globs,
    ...(given.has('ignore-case') ? { ignoreCase: true } : {}),
    ...(minSize === undefined ? {} : { minSize }),
    ...(maxSize === undefined ? {} : { maxSize }),
    ...(newerThan === undefined ? {} : { newerThan }),
    ...(olderThan === undefined ? {} : { olderThan }),
  }
}

/** What a selection can't mean: a glob that nobody can read, or nothing that is ever selected. */
export function selectionProblem({ globs, minSize, maxSize }: TypedSelection): Problem | undefined {
  for (const { include, glob } of globs) {
    const answer = readGlob(glob, false)
    if ('problem' in answer)
      return {
        what: `--${include ? 'include' : 'exclude'} '${glob}': ${answer.problem}`,
        todo: 'A glob is made of * ? [a-z] {a,b} ** and groups like !(a|b).',
      }
  }
  const last = globs.findLastIndex(({ include, glob }) => !include && /^(\*\*(\/\*)?|\*)$/.test(glob))
  if (last > 0 && globs.slice(last).every(({ include }) => !include) && globs.some(({ include }) => include)) {
    const { glob = '' } = globs[last] ?? {}
    return {
      what: `--exclude '${glob}' comes last and wins over the includes.`,
      todo: 'Later globs win: write it first, or leave it out.',
    }
  }
  if (minSize !== undefined && maxSize !== undefined && minSize > maxSize)
    return { what: '--min-size is more than --max-size: nothing is of such a size.', todo: 'Exchange them.' }
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
