import type { ObjectAttributes } from '../pipeline/ports/objects.js'
import { outcomeOf, failureText, type CheckResult, no, partly, yes } from './verdict.js'
import type { CheckContext } from './check-context.js'

export async function checkMetadata(context: CheckContext): Promise<CheckResult> {
  const given = { plain: 'plain text', unicode: 'gr\u00fc\u00dfe \u4f60\u597d' }
  const object = { bucket: context.bucket, key: `${context.root}metadata`, signal: context.signal }
  const written = await outcomeOf(() =>
    context.store.put({ ...object, body: Buffer.from('m'), size: 1, attributes: { metadata: given } }),
  )
  if ('ok' in written) {
    const { metadata: kept } = (await context.store.head(object)).attributes
    if (kept['plain'] !== given.plain) return no('lost')
    return kept['unicode'] === given.unicode ? yes('Unicode too') : partly(`Unicode comes back as "${kept['unicode'] ?? ''}"`)
  }
  const plain = { metadata: { plain: given.plain } }
  await context.store.put({ ...object, body: Buffer.from('m'), size: 1, attributes: plain })
  const { metadata: kept } = (await context.store.head(object)).attributes
  return kept['plain'] === given.plain ? partly(`ASCII only: ${failureText(written.failure)}`) : no('lost')
}

/** A value for each header that an object can have. */
export const SAMPLE_HEADERS = {
  contentType: 'text/x-doctor',
  cacheControl: 'max-age=60',
  contentDisposition: 'attachment; filename="d.txt"',
  contentEncoding: 'identity-test',
  contentLanguage: 'de',
  expires: 'Thu, 01 Jan 2032 00:00:00 GMT',
} as const
const NAMES = ['contentType', 'cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage', 'expires'] as const

export async function checkHeaders(context: CheckContext): Promise<CheckResult> {
  const object = { bucket: context.bucket, key: `${context.root}headers`, signal: context.signal }
  await context.store.put({ ...object, body: Buffer.from('h'), size: 1, attributes: { ...SAMPLE_HEADERS, metadata: {} } })
  const lost = lostHeaders((await context.store.head(object)).attributes, SAMPLE_HEADERS)
  if (lost.length === NAMES.length) return no('none is kept')
  return lost.length === 0 ? yes('all six are kept') : partly(`lost: ${lost.join(', ')}`)
}

type Headers = Pick<ObjectAttributes, (typeof NAMES)[number]>

/** Names of the headers that were not preserved, as HTTP writes them. */
export function lostHeaders(kept: Headers, given: Headers): string[] {
  const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return NAMES.filter((name) => kept[name] !== given[name]).map(dashed)
}
