import type { ObjectAttributes } from '../pipeline/ports/objects.js'
import { attempt, inShort, type Judgement, no, partly, yes } from './verdict.js'
import type { Patient } from './subject.js'

export async function metadata(p: Patient): Promise<Judgement> {
  const given = { plain: 'plain text', unicode: 'gr\u00fc\u00dfe \u4f60\u597d' }
  const object = { bucket: p.bucket, key: `${p.root}metadata`, signal: p.signal }
  const written = await attempt(() =>
    p.store.put({ ...object, body: Buffer.from('m'), size: 1, attributes: { metadata: given } }),
  )
  if ('ok' in written) {
    const { metadata: kept } = (await p.store.head(object)).attributes
    if (kept['plain'] !== given.plain) return no('lost')
    return kept['unicode'] === given.unicode ? yes('Unicode too') : partly(`Unicode comes back as "${kept['unicode'] ?? ''}"`)
  }
  const plain = { metadata: { plain: given.plain } }
  await p.store.put({ ...object, body: Buffer.from('m'), size: 1, attributes: plain })
  const { metadata: kept } = (await p.store.head(object)).attributes
  return kept['plain'] === given.plain ? partly(`ASCII only: ${inShort(written.failure)}`) : no('lost')
}

/** One of each. */
export const HEADERS = {
  contentType: 'text/x-doctor',
  cacheControl: 'max-age=60',
  contentDisposition: 'attachment; filename="d.txt"',
  contentEncoding: 'identity-test',
  contentLanguage: 'de',
  expires: 'Thu, 01 Jan 2032 00:00:00 GMT',
} as const
const NAMES = ['contentType', 'cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage', 'expires'] as const

export async function headers(p: Patient): Promise<Judgement> {
  const object = { bucket: p.bucket, key: `${p.root}headers`, signal: p.signal }
  await p.store.put({ ...object, body: Buffer.from('h'), size: 1, attributes: { ...HEADERS, metadata: {} } })
  const lost = lostHeaders((await p.store.head(object)).attributes, HEADERS)
  if (lost.length === NAMES.length) return no('none is kept')
  return lost.length === 0 ? yes('all six are kept') : partly(`lost: ${lost.join(', ')}`)
}

type Headers = Pick<ObjectAttributes, (typeof NAMES)[number]>

/** What of the headers given is not among those kept, as HTTP writes them. */
export function lostHeaders(kept: Headers, given: Headers): string[] {
  const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return NAMES.filter((name) => kept[name] !== given[name]).map(dashed)
}
