import type { MaxDelete } from '../../pipeline/plan/sync-plan.js'

const AMOUNT = /^(\d+(?:\.\d+)?)([a-z]+)$/
const MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const MS_OF_AGES: Readonly<Record<string, number>> = { ...MS, d: 86_400_000, w: 604_800_000 }

/** `500ms`, `2s`, `1.5m`, `1h` in ms; undefined for anything else. A number without a unit is ambiguous, so it is not accepted. */
export function parseDuration(text: string, units = MS): number | undefined {
  const [, amount, unit = ''] = AMOUNT.exec(text) ?? []
  const factor = units[unit]
  return amount === undefined || factor === undefined ? undefined : Math.round(Number(amount) * factor)
}

/** A whole number without sign, blanks or exponent; undefined for anything else. */
export function parseWholeNumber(text: string): number | undefined {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : undefined
  return number
}

const SIZE = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/i
const LETTERS = ['', 'K', 'M', 'G', 'T']

/** `1048576`, `64M`, `1.5GiB` in bytes, powers of 1024 as in rclone and aws s3; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const [, amount, letter = ''] = SIZE.exec(text) ?? []
  const power = LETTERS.indexOf(letter.toUpperCase())
  return amount === undefined ? undefined : Math.round(Number(amount) * 1024 ** power)
}

/** `64M`: the shortest way to write a whole number of the largest unit. */
export function shortSize(bytes: number): string {
  let [value, power] = [bytes, 0]
  for (; value >= 1024 && value % 1024 === 0; power++) value /= 1024
  return `${value}${LETTERS[power] ?? ''}`
}

/** A time as typed: an age or a date. Plain data. */
export type AgeOrDate = { readonly agoMs: number } | { readonly at: number }

const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/

/** `7d`, `2026-01-31` (its beginning, UTC), `2026-01-31T10:00Z`; undefined for anything else. */
export function parseAgeOrDate(text: string): AgeOrDate | undefined {
  const agoMs = parseDuration(text, MS_OF_AGES)
  if (agoMs !== undefined) return { agoMs }
  const at = DATE.test(text) && isCalendarDate(text.slice(0, 10)) ? Date.parse(text.replace(' ', 'T')) : Number.NaN
  return Number.isNaN(at) ? undefined : { at }
}

/** JavaScript parses 2026-02-30 as the second of March. */
function isCalendarDate(date: string): boolean {
  const at = Date.parse(date)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date)
}

/** `100` objects, or `12.5%`, at most `100%`; undefined for anything else. */
export function parseMaxDelete(text: string): MaxDelete | undefined {
  const objects = parseWholeNumber(text)
  if (objects !== undefined) return { objects }
  const [, amount] = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text) ?? []
  return amount === undefined || Number(amount) > 100 ? undefined : { percent: Number(amount) }
}
