import { type AttributeRule, SETTABLE_HEADERS } from '../../pipeline/plan/attribute-rules.js'
import { MTIME } from '../../pipeline/metadata/modification-times.js'
import { nearestWord } from './did-you-mean.js'
import { globValue, type ParseResult, textValue, type ValueType } from './values.js'

const HEADER_EXAMPLE = "'Cache-Control: no-cache'"
const METADATA_EXAMPLE = 'team=web'

/** `NAME: VALUE` or `GLOB => NAME: VALUE`. */
export const HEADER_RULE: ValueType<AttributeRule> = {
  ...textValue('RULE', HEADER_EXAMPLE),
  parse: (typed, option) => ruleOf(typed, option, HEADER_EXAMPLE, ':', headerOf),
}

/** `NAME=VALUE` or `GLOB => NAME=VALUE`. */
export const METADATA_RULE: ValueType<AttributeRule> = {
  ...textValue('RULE', METADATA_EXAMPLE),
  parse: (typed, option) => ruleOf(typed, option, METADATA_EXAMPLE, '=', metadataOf),
}

type Attribute = AttributeRule['attribute']

/** A name in HTTP (RFC 9110, "token"). */
const NAME = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/
/** What a header's value cannot hold. */
const CONTROL = /\p{Cc}/u
const GLOB = globValue('*.html')

function ruleOf(
  typed: string,
  option: string,
  example: string,
  sign: ':' | '=',
  attributeOf: (name: string, option: string) => ParseResult<Attribute>,
): ParseResult<AttributeRule> {
  const [, glob, rest = typed] = /^\s*(\S.*?)\s+=>\s+(.*)$/s.exec(typed) ?? []
  const at = rest.indexOf(sign)
  const name = rest.slice(0, at).trim()
  if (at < 0 || !NAME.test(name))
    return {
      what: `${option} '${typed}': there is no NAME${sign === ':' ? ': ' : sign}VALUE.`,
      todo: `Write e.g. ${option} ${example}, or for some objects '*.html => ${example.replaceAll("'", '')}'.`,
    }
  const value = rest.slice(at + 1).trim()
  if (CONTROL.test(value))
    return { what: `${option} '${name}': the value has control characters.`, todo: 'Write it in one line.' }
  const checked = glob === undefined ? undefined : GLOB.parse(glob, option)
  if (checked !== undefined && 'what' in checked) return checked
  const attribute = attributeOf(name, option)
  return 'ok' in attribute ? { ok: { ...(glob !== undefined && { glob }), attribute: attribute.ok, value } } : attribute
}

function headerOf(name: string, option: string): ParseResult<Attribute> {
  const typed = name.toLowerCase()
  const found = SETTABLE_HEADERS.find(([header]) => header.toLowerCase() === typed)
  if (found !== undefined) return { ok: { header: found[1] } }
  const headers = SETTABLE_HEADERS.map(([header]) => header)
  const near = nearestWord(name, headers)
  return {
    what: `${option}: ${name} cannot be set.`,
    todo:
      INSTEAD.find(([begins]) => typed.startsWith(begins))?.[1](typed) ??
      `${near === undefined ? '' : `Did you mean ${near}? `}It can set ${headers.slice(0, -1).join(', ')} and ${headers.at(-1) ?? ''}.`,
  }
}

/** What to use for headers that have an option of their own, by the beginning of their name. */
const INSTEAD: readonly (readonly [begins: string, todo: (name: string) => string])[] = [
  ['x-amz-meta-', (name) => `Use --set-metadata ${name.slice('x-amz-meta-'.length)}=VALUE.`],
  ['x-amz-storage-class', () => 'Use --storage-class.'],
  ['x-amz-server-side-encryption-customer', () => 'Use --target-sse-key.'],
  ['x-amz-server-side-encryption', () => 'Use --sse.'],
  ['x-amz-acl', () => 'Use --acl.'],
  ['x-amz-grant-', () => 'Use --acl.'],
  ['x-amz-object-lock-', () => 'Locks are copied from the source; see --locks.'],
  ['x-amz-tagging', () => 'Tags are copied from the source; see --tags.'],
  ['x-amz-website-redirect-location', () => 'Redirects are copied from the source.'],
]

function metadataOf(name: string, option: string): ParseResult<Attribute> {
  const metadata = name.toLowerCase().replace(/^x-amz-meta-/, '')
  if (metadata === '') return { what: `${option} ${name}: there is no name after x-amz-meta-.`, todo: 'Write NAME=VALUE.' }
  // Uploads are compared by it: a constant would make a changed file look unchanged.
  if (metadata === MTIME)
    return { what: `${option} ${MTIME} cannot be set.`, todo: 'It is the modification time of the file; see --keep-times.' }
  return { ok: { metadata } }
}
