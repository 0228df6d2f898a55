import { compareKeys } from '../pipeline/ports/key-order.js'
import { type Judgement, no, partly, unknown, yes } from './verdict.js'
import type { Patient, Place } from './subject.js'
import { list } from './raw-requests.js'

/** Keys whose order tells: by locale, by UTF-16 and by walking directories they would come otherwise. Below the root. */
export const IN_ORDER = ['B', 'a!', 'a/b', 'a0', 'b', '\u00e9', '\uffee', '\u{1f600}'].map((key) => `order/${key}`)

const V2 = { 'list-type': 2 } as const

export async function listV2(p: Patient, { prefix }: Place): Promise<Judgement> {
  const page = await list(p, { ...V2, prefix, 'max-keys': 2 })
  // Whoever does not know `list-type` passes it over and answers as ever.
  return page.count === undefined && page.token === undefined ? partly('answered in the older form') : yes('ListObjectsV2')
}

export async function urlEncoding(p: Patient, { prefix }: Place): Promise<Judgement> {
  const page = await list(p, { ...V2, prefix, 'encoding-type': 'url' })
  if (!page.encoded) return no('ignored')
  const raw = page.entries.find(({ key }) => /[^\x20-\x7e]/.test(key))
  return raw === undefined ? yes('keys are url-encoded') : no('announced, but keys are not encoded')
}

export async function keyOrder(p: Patient, { prefix, writing }: Place): Promise<Judgement> {
  const keys = (await p.store.listPage({ bucket: p.bucket, prefix, signal: p.signal })).entries.map(({ key }) => key)
  const missing = writing === undefined ? IN_ORDER.filter((key) => !keys.includes(p.root + key)) : []
  if (missing.length > 0) return partly(`not listed: ${missing.join(', ')}`)
  if (keys.length < 2) return unknown('there are too few objects')
  const at = keys.findIndex((key, i) => i > 0 && compareKeys(keys[i - 1] ?? '', key) >= 0)
  if (at > 0) return no(`"${keys[at] ?? ''}" comes after "${keys[at - 1] ?? ''}"`)
  return yes(`UTF-8 bytes, of ${keys.length} keys`)
}

export async function startAfter(p: Patient, { prefix }: Place): Promise<Judgement> {
  const [first, second] = (await list(p, { ...V2, prefix, 'max-keys': 3 })).entries
  if (first === undefined || second === undefined) return unknown('there are too few objects')
  const { entries } = await list(p, { ...V2, prefix, 'max-keys': 3, 'start-after': first.key })
  if (entries[0]?.key === second.key) return yes('a listing can start anywhere')
  return no(entries[0]?.key === first.key ? 'ignored' : 'the listing starts elsewhere')
}

/** Two by two, as far as it goes; of a large bucket a few pages. */
export async function paging(p: Patient, { prefix }: Place): Promise<Judgement> {
  const { bucket, signal } = p
  const keys: string[] = []
  let token: string | undefined
  for (let pages = 0; pages < PAGES; pages++) {
    const page = await p.store.listPage({ bucket, prefix, limit: 2, ...(token !== undefined && { token }), signal })
    if (page.entries.length > 2) return no(`asked for 2 keys, got ${page.entries.length}`)
    keys.push(...page.entries.map(({ key }) => key))
    token = page.next
    if (token === undefined) break
  }
  if (new Set(keys).size < keys.length) return no('a key is listed twice')
  const whole = (await p.store.listPage({ bucket, prefix, signal })).entries
  if (token === undefined && whole.length !== keys.length) return no(`${keys.length} keys page by page, ${whole.length} in one`)
  return keys.length < 3 ? unknown('there are too few objects') : yes('2 keys a page')
}
const PAGES = 8
