import type { ObjectAttributes } from '../ports/objects.js'
import { readGlob } from './glob.js'

/** The headers that `--set-header` can set: name in HTTP, name of the attribute. */
export const SETTABLE_HEADERS = [
  ['Cache-Control', 'cacheControl'],
  ['Content-Type', 'contentType'],
  ['Content-Disposition', 'contentDisposition'],
  ['Content-Encoding', 'contentEncoding'],
  ['Content-Language', 'contentLanguage'],
  ['Expires', 'expires'],
] as const

type HeaderAttribute = (typeof SETTABLE_HEADERS)[number][1]

/** Sets or removes one header or one metadata entry of the copies (`--set-header`, `--set-metadata`): plain data. */
export interface AttributeRule {
  /** A valid glob: only objects that match it. Absent: all objects. */
  readonly glob?: string
  readonly attribute: { readonly header: HeaderAttribute } | { readonly metadata: string }
  /** Empty: it is removed. */
  readonly value: string
}

/** Changes the attributes of an object. */
export type AttributeChange = (attributes: ObjectAttributes) => ObjectAttributes

/**
 * The change that the rules make to an object; undefined if none concerns it. `name`: its key relative to the prefix. The last matching
 * rule decides about each header and each metadata entry.
 */
export type AttributeChanges = (name: string) => AttributeChange | undefined

/** Reads the rules; undefined if there are none. `ignoreCase`: globs ignore case. */
export function attributeChanges(rules: readonly AttributeRule[], ignoreCase: boolean): AttributeChanges | undefined {
  if (rules.length === 0) return undefined
  const read = rules.map((rule) => ({ rule, matches: matcherOf(rule, ignoreCase) }))
  return (name) => {
    const matching = read.filter(({ matches }) => matches(name))
    return matching.length === 0 ? undefined : (attributes) => matching.reduce((so, { rule }) => changed(so, rule), attributes)
  }
}

function matcherOf({ glob }: AttributeRule, ignoreCase: boolean): (name: string) => boolean {
  if (glob === undefined) return () => true
  const read = readGlob(glob, ignoreCase)
  if ('problem' in read) throw new Error(`a glob that was not checked: ${read.problem}`)
  return read.matches
}

function changed(attributes: ObjectAttributes, { attribute, value }: AttributeRule): ObjectAttributes {
  if ('metadata' in attribute) {
    const { [attribute.metadata]: _before, ...others } = attributes.metadata
    return { ...attributes, metadata: value === '' ? others : { ...others, [attribute.metadata]: value } }
  }
  const { [attribute.header]: _before, ...others } = attributes
  return value === '' ? others : { ...others, [attribute.header]: value }
}
