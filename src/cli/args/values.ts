import { shortSize } from './units.js'

/** What an option's value is. */
export type ValueKind =
  | { readonly kind: 'flag' }
  | { readonly kind: 'whole'; readonly min: number; readonly max: number; readonly word?: string }
  | { readonly kind: 'duration' }
  /** bytes */
  | { readonly kind: 'size'; readonly min: number; readonly max: number }
  /** a number of objects, or a share */
  | { readonly kind: 'share' }
  /** an age or a date */
  | { readonly kind: 'when' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'text'; readonly placeholder: string }

/** What a value looks like in help. */
export function placeholder(value: ValueKind): string {
  switch (value.kind) {
    case 'flag':
      return ''
    case 'whole':
      return 'N'
    case 'duration':
      return 'TIME'
    case 'size':
      return 'SIZE'
    case 'share':
      return 'N|N%'
    case 'when':
      return 'WHEN'
    case 'choice':
      return 'HOW'
    case 'text':
      return value.placeholder
  }
}

/** What a value may be, for an error. */
export function allowed(value: ValueKind): string {
  switch (value.kind) {
    case 'flag':
      return 'no value'
    case 'whole':
      return value.max === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${value.min}`
        : `a whole number from ${value.min} to ${value.max}${value.word === undefined ? '' : `, or ${value.word}`}`
    case 'duration':
      return 'a time with its unit, e.g. 500ms, 2s or 1m'
    case 'share':
      return 'a whole number of objects, or a share like 10% or 100%'
    case 'when':
      return 'an age with its unit, e.g. 12h or 7d, or a date like 2026-01-31 or 2026-01-31T10:00Z'
    case 'size':
      return `bytes, or with K, M, G or T (powers of 1024), from ${shortSize(value.min)} to ${shortSize(value.max)}`
    case 'choice':
      return `one of ${value.choices.join(', ')}`
    case 'text':
      return `a ${value.placeholder}`
  }
}
