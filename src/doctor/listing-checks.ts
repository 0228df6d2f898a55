import { compareKeys } from '../pipeline/ports/key-order.js'
import { type CheckResult, no, partly, unknown, yes } from './verdict.js'
import type { CheckContext, BucketAccess } from './check-context.js'
import { rawList } from './raw-requests.js'

/** Keys in the order of their UTF-8 bytes. Sorted by locale, by UTF-16 or by directory, their order differs. Below the root. */
export const ORDERED_KEYS = ['B', 'a!', 'a/b', 'a0', 'b', '\u00e9', '\uffee', '\u{1f600}'].map((key) => `order/${key}`)

const V2 = { 'list-type': 2 } as const

export async function checkListV2(context: CheckContext, { prefix }: BucketAccess): Promise<CheckResult> {
  const page = await rawList(context, { ...V2, prefix, 'max-keys': 2 })
  // A server that does not know `list-type` ignores it and answers in the older form.
  return page.count === undefined && page.token === undefined ? partly('answered in the older form') : yes('ListObjectsV2')
}

export async function checkUrlEncoding(context: CheckContext, { prefix }: BucketAccess): Promise<CheckResult> {
  const page = await rawList(context, { ...V2, prefix, 'encoding-type': 'url' })
  if (!page.encoded) return no('ignored')
  const raw = page.entries.find(({ key }) => /[^\x20-\x7e]/.test(key))
  return raw === undefined ? yes('keys are url-encoded') : no('announced, but keys are not encoded')
}

export async function checkKeyOrder(context: CheckContext, { prefix, writeFailure }: BucketAccess): Promise<CheckResult> {
  const keys = (await context.store.listPage({ bucket: context.bucket, prefix, signal: context.signal })).entries.map(
    ({ key }) => key,
  )
  const missing = writeFailure === undefined ? ORDERED_KEYS.filter((key) => !keys.includes(context.root + key)) : []
  if (missing.length > 0) return partly(`not listed: ${missing.join(', ')}`)
  if (keys.length < 2) return unknown('there are too few objects')
  const at = keys.findIndex((key, i) => i > 0 && compareKeys(keys[i - 1] ?? '', key) >= 0)
  if (at > 0) return no(`"${keys[at] ?? ''}" comes after "${keys[at - 1] ?? ''}"`)
  return yes(`UTF-8 bytes, of ${keys.length} keys`)
}

export async function checkStartAfter(context: CheckContext, { prefix }: BucketAccess): Promise<CheckResult> {
  const [first, second] = (await rawList(context, { ...V2, prefix, 'max-keys': 3 })).entries
  if (first === undefined || second === undefined) return unknown('there are too few objects')
  const { entries } = await rawList(context, { ...V2, prefix, 'max-keys': 3, 'start-after': first.key })
  if (entries[0]?.key === second.key) return yes('a listing can start anywhere')
  return no(entries[0]?.key === first.key ? 'ignored' : 'the listing starts elsewhere')
}

/** Lists pages of two keys: all, or the first pages of a large bucket. */
export async function checkPaging(context: CheckContext, { prefix }: BucketAccess): Promise<CheckResult> {
  const { bucket, signal } = context
  const keys: string[] = []
  let token: string | undefined
  for (let pages = 0; pages < PAGES; pages++) {
    const page = await context.store.listPage({ bucket, prefix, limit: 2, ...(token !== undefined && { token }), signal })
    if (page.entries.length > 2) return no(`asked for 2 keys, got ${page.entries.length}`)
    keys.push(...page.entries.map(({ key }) => key))
    token = page.next
    if (token === undefined) break
  }
  if (new Set(keys).size < keys.length) return no('a key is listed twice')
  const whole = (await context.store.listPage({ bucket, prefix, signal })).entries
  if (token === undefined && whole.length !== keys.length) return no(`${keys.length} keys page by page, ${whole.length} in one`)
  return keys.length < 3 ? unknown('there are too few objects') : yes('2 keys a page')
}
const PAGES = 8
