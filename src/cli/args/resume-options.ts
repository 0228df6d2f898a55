import { OPTION_NAMES, optionOf } from './options.js'

/** Options that a resume may change: they don't change what the run does. */
const CHANGEABLE: ReadonlySet<string> = new Set(OPTION_NAMES.filter((name) => optionOf(name).onResume === 'changes'))

/** An option that a resume must not change: words as typed; `before` is absent if the option was not given. */
export interface ChangedOption {
  readonly before?: string
  readonly now: string
}

/** `--workers=20` is `workers`. */
export function optionName(word: string): string {
  return word.replace(/^--/, '').replace(/=.*/s, '')
}

/**
 * Merges a run's command line with the options of its resume. Options that must not change may be repeated with the same value; the first one
 * that differs is returned as `changed`.
 */
export function mergeResumeOptions(
  words: readonly string[],
  typed: readonly string[],
): { readonly words: readonly string[]; readonly changed?: ChangedOption } {
  const isOption = (word: string): boolean => word.startsWith('--')
  const now = typed.find((word) => !CHANGEABLE.has(optionName(word)) && !words.includes(word))
  if (now !== undefined) {
    const before = words.find((word) => isOption(word) && optionName(word) === optionName(now))
    return { words, changed: { now, ...(before === undefined ? {} : { before }) } }
  }
  const replaced = new Set(typed.map(optionName))
  const kept = words.filter((word) => !isOption(word) || !(CHANGEABLE.has(optionName(word)) && replaced.has(optionName(word))))
  return { words: [...kept, ...typed.filter((word) => CHANGEABLE.has(optionName(word)))] }
}
