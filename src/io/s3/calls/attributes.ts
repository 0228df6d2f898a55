import type { ObjectAttributes } from '../../../pipeline/ports/objects.js'
import { type AnswerHeaders, headerOf } from '../answers/answer.js'
import { asUtf8Bytes, fromHeader } from '../http/header-encoding.js'
import { OF_THE_REQUEST } from '../quirks.js'

/** The header of each attribute, in requests and answers. */
const HEADERS = [
  ['contentType', 'content-type'],
  ['cacheControl', 'cache-control'],
  ['contentDisposition', 'content-disposition'],
  ['contentEncoding', 'content-encoding'],
  ['contentLanguage', 'content-language'],
  ['expires', 'expires'],
] as const
const META = 'x-amz-meta-'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** The attributes in an answer. */
export function attributesOf(headers: AnswerHeaders): ObjectAttributes {
  const metadata: Record<string, string> = {}
  for (const name in headers) {
    if (name.startsWith(META)) metadata[name.slice(META.length)] = fromHeader(headerOf(headers, name) ?? '')
  }
  const attributes: Writable<ObjectAttributes> = { metadata }
  for (const [attribute, name] of HEADERS) {
    const told = headerOf(headers, name)
    const value = attribute === 'contentEncoding' ? plainEncoding(told) : told
    if (value !== undefined) attributes[attribute] = fromHeader(value)
  }
  return attributes
}

/** The attributes as headers of a request. */
export function headersOf(attributes: ObjectAttributes): string[] {
  const headers: string[] = []
  for (const [attribute, name] of HEADERS) {
    const value = attributes[attribute]
    if (value !== undefined) headers.push(name, asUtf8Bytes(value))
  }
  for (const name in attributes.metadata) headers.push(META + name, asUtf8Bytes(attributes.metadata[name] ?? ''))
  return headers
}

function plainEncoding(encoding: string | undefined): string | undefined {
  if (!encoding?.includes(OF_THE_REQUEST)) return encoding
  const rest = encoding.split(',').filter((one) => one.trim().toLowerCase() !== OF_THE_REQUEST)
  return rest.length === 0 ? undefined : rest.join(',').trim()
}
