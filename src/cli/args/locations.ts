import { fileURLToPath } from 'node:url'
import type { BucketPrefix } from '../../pipeline/ports/bucket-pair.js'
import type { Problem } from './problem.js'
import type { ParseResult } from './values.js'
import { redact } from './redact.js'
import { PROGRAM } from '../../io/program-name.js'

/** A SOURCE or TARGET as it was typed (cli.md, locations). Plain data; parsing does not check whether it exists. */
export type Location =
  | { readonly kind: 'connection'; readonly typed: string; readonly name: string; readonly place?: BucketPrefix }
  | { readonly kind: 'aws'; readonly typed: string; readonly place: BucketPrefix }
  /** A directory or a file; `place.bucket` is its path, which may be relative. */
  | { readonly kind: 'local'; readonly typed: string; readonly place: BucketPrefix }

const FORMS = 'Write it as NAME:BUCKET, NAME:BUCKET/PREFIX, s3://BUCKET/PREFIX, or ./PATH.'

/** Slashes and colons of an ARN would be read as those of a location. */
const ARN = /^arn:[\w-]+:s3/i
const NO_ARN = 'an ARN can’t be used; write the name of the bucket, or the alias of the access point (…-s3alias).'

/** Parses a location. Keys are not normalized: `A:b//x` is the prefix `/x`. */
export function parseLocation(typed: string): ParseResult<Location> {
  const wrong = (what: string): Problem => ({ what: `"${redact(typed)}": ${what}`, todo: FORMS })
  if (typed === '') return wrong('a location is not empty.')
  if (/^(\.{0,2}\/|\.{1,2}$|file:\/\/)/.test(typed)) {
    const path = pathOf(typed)
    return path === undefined
      ? wrong('a file:// location is file:///PATH, percent-encoded.')
      : { ok: { kind: 'local', typed, place: { bucket: path, prefix: '', self: false } } }
  }
  if (/^s3:\/\/[^/]*@/i.test(typed)) return wrong(`a location contains no login; save it (${PROGRAM} connections add NAME).`)
  if (ARN.test(typed.replace(/^s3:\/\//i, ''))) return wrong(NO_ARN)
  if (/^s3:\/\//i.test(typed)) {
    const place = placeOf(typed.slice('s3://'.length))
    return place === undefined
      ? wrong('a bucket has a name, other than "." and "..", and a prefix is more than a "/".')
      : { ok: { kind: 'aws', typed, place } }
  }
  if (/^[a-z]+:\/\//i.test(typed))
    return wrong(`a location is no URL; the endpoint belongs to a connection (${PROGRAM} connections add NAME).`)
  const colon = typed.indexOf(':')
  if (colon < 0) return { ...wrong('it names no connection.'), word: typed }
  if (colon === 0) return wrong('the name of the connection is missing before the ":".')
  const name = typed.slice(0, colon)
  const rest = typed.slice(colon + 1)
  if (ARN.test(rest)) return wrong(NO_ARN)
  if (rest === '') return { ok: { kind: 'connection', typed, name } }
  const place = placeOf(rest)
  return place === undefined
    ? wrong('a bucket has a name, other than "." and "..", and a prefix is more than a "/".')
    : { ok: { kind: 'connection', typed, name, place } }
}

function pathOf(typed: string): string | undefined {
  if (!typed.startsWith('file://')) return typed
  try {
    return fileURLToPath(typed)
  } catch {
    return undefined
  }
}

/** `BUCKET`, `BUCKET/PREFIX` (with the object of that very name) or `BUCKET/PREFIX/` (without). */
function placeOf(text: string): BucketPrefix | undefined {
  const slash = text.indexOf('/')
  const bucket = slash < 0 ? text : text.slice(0, slash)
  if (bucket === '' || bucket === '.' || bucket === '..') return undefined
  const typed = slash < 0 ? '' : text.slice(slash + 1)
  if (typed === '/') return undefined
  if (typed === '') return { bucket, prefix: '', self: false }
  return typed.endsWith('/') ? { bucket, prefix: typed.slice(0, -1), self: false } : { bucket, prefix: typed, self: true }
}
