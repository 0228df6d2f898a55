import type { MaxDelete } from '../../pipeline/plan/sync-plan.js'
import { readGlob } from '../../pipeline/plan/glob.js'
import type { Problem } from './problem.js'
import { parseDuration, parseMaxDelete, parseSize, parseAgeOrDate, parseWholeNumber, shortSize, type AgeOrDate } from './units.js'

/** A parsed value, or what is wrong with it. */
export type ParseResult<T> = { readonly ok: T } | Problem

/** The type of an option's value: how help shows it, how it is parsed, how a shell completes it. */
export interface ValueType<T> {
  /** The value's name in help, e.g. `N`; empty for a flag. */
  readonly placeholder: string
  /** What to write, for the error when the value is missing. `option`: `--name`. */
  readonly usage: (option: string) => string
  /** What a shell offers: files, or these words. */
  readonly completion?: 'file' | readonly string[]
  /** Parses a value that is not empty. `option`: `--name`, for errors. */
  readonly parse: (typed: string, option: string) => ParseResult<T>
}

/** A value type from a parsing function that returns undefined for an invalid value. */
function valueType<T>(placeholder: string, allowed: string, read: (typed: string) => T | undefined): ValueType<T> {
  return {
    placeholder,
    usage: (option) => `Write ${option} ${placeholder}: ${allowed}.`,
    parse(typed, option) {
      const ok = read(typed)
      return ok === undefined ? { what: `${option} ${typed}: that is not allowed.`, todo: `${option} takes ${allowed}.` } : { ok }
    },
  }
}

/** An option without a value. */
export const FLAG: ValueType<true> = { placeholder: '', usage: (option) => `Write ${option} alone.`, parse: () => ({ ok: true }) }

function parseWholeNumberIn(min: number, max: number): (typed: string) => number | undefined {
  return (typed) => {
    const number = parseWholeNumber(typed)
    return number !== undefined && number >= min && number <= max ? number : undefined
  }
}

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): ValueType<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  return valueType('N', `a whole number ${range}`, parseWholeNumberIn(min, max))
}

/** A whole number, or one word, e.g. `auto`. */
export function wholeNumberOr<W extends string>(word: W, min: number, max: number): ValueType<number | W> {
  const read = parseWholeNumberIn(min, max)
  return valueType(`N|${word}`, `a whole number from ${min} to ${max}, or ${word}`, (typed) =>
    typed === word ? word : read(typed),
  )
}

/** ms */
export const DURATION: ValueType<number> = valueType('TIME', 'a time with its unit, e.g. 500ms, 2s or 1m', (typed) =>
  parseDuration(typed),
)

/** ms; how long to wait for something that takes its time. */
export const TIMEOUT: ValueType<number> = valueType('TIME', 'at least one second, with its unit, e.g. 30s or 5m', (typed) => {
  const ms = parseDuration(typed)
  return ms !== undefined && ms >= 1_000 ? ms : undefined
})

/** bytes */
export function byteSize(min: number, max: number): ValueType<number> {
  const allowed = `bytes, or with K, M, G or T (powers of 1024), from ${shortSize(min)} to ${shortSize(max)}`
  return valueType('SIZE', allowed, (typed) => {
    const bytes = parseSize(typed)
    return bytes !== undefined && bytes >= min && bytes <= max ? bytes : undefined
  })
}

/** A number of objects, or a share of them. */
export const MAX_DELETE: ValueType<MaxDelete> = valueType(
  'N|N%',
  'a whole number of objects, or a share like 10% or 100%',
  parseMaxDelete,
)

/** An age or a date. */
export const AGE_OR_DATE: ValueType<AgeOrDate> = valueType(
  'WHEN',
  'an age with its unit, e.g. 12h or 7d, or a date like 2026-01-31 or 2026-01-31T10:00Z',
  parseAgeOrDate,
)

export function oneOf<const W extends string>(words: readonly W[]): ValueType<W> {
  const type = valueType('HOW', `one of ${words.join(', ')}`, (typed) => words.find((word) => word === typed))
  return { ...type, completion: words }
}

/** Any text. `example`: one that could be typed. */
export function textValue(placeholder: string, example: string): ValueType<string> {
  return { placeholder, usage: (option) => `Write e.g. ${option} ${example}`, parse: (typed) => ({ ok: typed }) }
}

/** The path of a file, as typed. */
export function filePath(example: string, placeholder = 'FILE'): ValueType<string> {
  return { ...textValue(placeholder, example), completion: 'file' }
}

/** A glob over keys, in quotes for the shell. */
export function globValue(example: string): ValueType<string> {
  return {
    ...textValue('GLOB', `'${example}'`),
    parse(typed, option) {
      const answer = readGlob(typed, false)
      return 'problem' in answer
        ? {
            what: `${option} '${typed}': ${answer.problem}`,
            todo: 'A glob may use * ? [a-z] {a,b} ** and groups like !(a|b).',
          }
        : { ok: typed }
    },
  }
}
