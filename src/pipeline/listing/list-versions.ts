import { attempted } from '../flow/attempt.js'
import { versionsOf } from '../ports/absent-facets.js'
import type { BucketPrefix, Side } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import { compareKeys } from '../ports/key-order.js'
import type { ObjectStore } from '../ports/object-store.js'
import type { ListRequest, ObjectRef } from '../ports/objects.js'
import type { VersionEntry, VersionPage } from '../ports/store-facets.js'
import { onSide } from '../ports/on-side.js'
import { PageProgress } from '../ports/page-progress.js'
import { keyOf, listPrefix } from '../ports/relative-key.js'
import type { Listing } from './list-pages.js'

type Question = Omit<ListRequest, 'signal'>

/** Lists the versions after the tail `after`, page by page. Requests and retries work as in list-pages.ts. */
export async function* versionPages(
  side: Side,
  store: ObjectStore,
  place: BucketPrefix,
  after: string | undefined,
  listing: Listing,
): AsyncGenerator<VersionPage> {
  const { bucket } = place
  const { policy, onRetry, ended } = listing
  const pageOf = (question: Question): Promise<VersionPage> =>
    attempted(policy, { call: (signal) => onSide(side, versionsOf(store).listVersions({ ...question, signal })), onRetry }, ended)
  if (place.prefix !== '' && place.self && after === undefined) yield* ofKey(pageOf, { bucket, key: place.prefix })
  if (place.only) return
  const key = after === undefined ? undefined : keyOf(place, after)
  const prefix = listPrefix(place) + listing.narrow
  const progress = new PageProgress('ListObjectVersions', side)
  let page = await pageOf({ bucket, prefix, ...(key === undefined ? {} : { after: key }) })
  yield page
  while (page.next !== undefined) {
    progress.check(page)
    page = await pageOf({ bucket, prefix, token: page.next })
    yield page
  }
}

/** The current history of one object. */
export async function readHistory(
  side: Side,
  store: ObjectStore,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<readonly VersionEntry[]> {
  const newestFirst: VersionEntry[] = []
  const pageOf = (question: Question): Promise<VersionPage> =>
    onSide(side, versionsOf(store).listVersions({ ...question, signal }))
  for await (const { entries } of ofKey(pageOf, ref)) newestFirst.push(...entries)
  return newestFirst.reverse()
}

/** The shortest key with a prefix sorts first, so other keys with the prefix come after it. */
async function* ofKey(
  pageOf: (question: Question) => Promise<VersionPage>,
  { bucket, key }: ObjectRef,
): AsyncGenerator<VersionPage> {
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const { entries, next } = await pageOf({ bucket, prefix: key, ...(token === undefined ? {} : { token }) })
    const own = entries.filter((entry) => entry.key === key)
    yield { entries: own }
    token = own.length === entries.length ? next : undefined
  }
}

/**
 * Groups pages of versions into histories. A history that continues on the next page is emitted with that page. Memory holds one page and
 * one history.
 * @throws {StoreError} `Unordered` if the keys do not ascend
 */
export async function* groupHistories(side: Side, pages: AsyncIterable<VersionPage>): AsyncGenerator<HistoryPage> {
  let key: string | undefined
  let newestFirst: VersionEntry[] = []
  for await (const { entries } of pages) {
    const whole: History[] = []
    for (const entry of entries) {
      if (key !== undefined && entry.key !== key) {
        if (compareKeys(key, entry.key) > 0) throw unordered(side)
        whole.push(historyOfKey(key, newestFirst))
        newestFirst = []
      }
      key = entry.key
      newestFirst.push(entry)
    }
    if (whole.length > 0) yield { entries: whole }
  }
  if (key !== undefined) yield { entries: [historyOfKey(key, newestFirst)] }
}

function unordered(side: Side): StoreError {
  const message = 'versions are not listed in the order of their keys'
  return new StoreError({ kind: 'permanent', operation: 'ListObjectVersions', code: 'Unordered', message, side })
}

/** The versions of one object, oldest first. */
export interface History {
  readonly key: string
  /** Total of all versions, bytes. */
  readonly size: number
  readonly versions: readonly VersionEntry[]
}

export interface HistoryPage {
  readonly entries: readonly History[]
}

function historyOfKey(key: string, newestFirst: VersionEntry[]): History {
  return { key, size: newestFirst.reduce((sum, { size }) => sum + size, 0), versions: newestFirst.reverse() }
}
