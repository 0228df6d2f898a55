import { OPTION_NAMES, optionOf } from './options.js'

/** Options that change how a run works and not what it does: a resume may give them other values. */
const CHANGEABLE: ReadonlySet<string> = new Set(OPTION_NAMES.filter((name) => optionOf(name).onResume === 'changes'))

/** What an option of a resume would change: words as typed, `before` absent where it was not given. */
export interface Changed {
  readonly before?: string
  readonly now: string
}

/** `--workers=20` is `workers`. */
export function optionName(word: string): string {
  return word.replace(/^--/, '').replace(/=.*/s, '')
}

/**
 * The words of a run's command line with those given to its resume. Options that say what the run does may be given again as they were; the
 * first that differs comes back.
 */
export function merged(
  words: readonly string[],
  typed: readonly string[],
): { readonly words: readonly string[]; readonly changed?: Changed } {
  const isOption = (word: string): boolean => word.startsWith('--')
  const now = typed.find((word) => !CHANGEABLE.has(optionName(word)) && !words.includes(word))
  if (now !== undefined) {
    const before = words.find((word) => isOption(word) && optionName(word) === optionName(now))
    return { words, changed: { now, ...(before === undefined ? {} : { before }) } }
  }
  const over = new Set(typed.map(optionName))
  const kept = words.filter((word) => !isOption(word) || !(CHANGEABLE.has(optionName(word)) && over.has(optionName(word))))
  return { words: [...kept, ...typed.filter((word) => CHANGEABLE.has(optionName(word)))] }
}
