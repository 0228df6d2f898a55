import type { Observable } from 'rxjs'
import { attempted, type AttemptPolicy, type OnRetry } from '../flow/attempt.js'
import type { BucketPrefix, Side } from '../ports/bucket-pair.js'
import type { ObjectStore } from '../ports/object-store.js'
import type { ListPage, ListRequest } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import { PageProgress } from '../ports/page-progress.js'
import { keyOf, listPrefix, tailOf } from '../ports/relative-key.js'

/** What a listing needs in addition to the store. */
export interface Listing {
  readonly policy: AttemptPolicy
  /** Called for each page that failed and is retried. */
  readonly onRetry: OnRetry
  /** The common beginning of all names in scope; empty for all. */
  readonly narrow: string
  /** Whether no name below a directory (its name ends with `/`) is in scope. */
  readonly leavesOut: (directory: string) => boolean
  /** Ends the listing, also while it waits for another attempt. */
  readonly ended: Observable<void>
}

type Question = Omit<ListRequest, 'signal'>

/**
 * The pages of a place after the tail `after`. Each page is requested when the previous one was used (flow/prefetch.ts requests one more).
 * A failed page is retried like an object; if the retries fail, or the pages never end, the iteration throws the error. The object named by the prefix itself comes
 * first, as its key sorts first.
 */
export async function* listPlace(
  side: Side,
  store: ObjectStore,
  place: BucketPrefix,
  after: string | undefined,
  listing: Listing,
): AsyncGenerator<ListPage> {
  const { bucket } = place
  const pageOf = (question: Question) => page(side, store, question, listing)
  // Also if the listing is narrowed: this name is not below the prefix, and the other side's may differ.
  if (place.prefix !== '' && place.self && after === undefined) {
    // The shortest key with a prefix sorts first, so one key shows whether an object has exactly this name.
    const first = await pageOf({ bucket, prefix: place.prefix, limit: 1 })
    yield { entries: first.entries.filter((entry) => tailOf(place, entry.key) === '') }
  }
  if (place.only) return
  const prefix = listPrefix(place) + listing.narrow
  const skips = (key: string): boolean => listing.leavesOut(tailOf(place, key).slice(1))
  const progress = new PageProgress('Listing', side)
  let answer = await pageOf({ bucket, prefix, skips, ...startAfter(place, after) })
  yield answer
  while (answer.next !== undefined) {
    progress.check(answer)
    answer = await pageOf({ bucket, prefix, skips, token: answer.next })
    yield answer
  }
}

/** The tail of the first key of a place after the tail `after`; undefined if there is no such key. */
export async function firstBehind(
  side: Side,
  store: ObjectStore,
  place: BucketPrefix,
  after: string,
  listing: Listing,
): Promise<string | undefined> {
  if (place.only) return undefined
  const question = { bucket: place.bucket, prefix: listPrefix(place) + listing.narrow, ...startAfter(place, after), limit: 1 }
  const [entry] = (await page(side, store, question, listing)).entries
  return entry === undefined ? undefined : tailOf(place, entry.key)
}

function startAfter(place: BucketPrefix, after: string | undefined): { readonly after?: string } {
  const key = after === undefined ? undefined : keyOf(place, after)
  return key === undefined ? {} : { after: key }
}

/** One page, with retries. */
function page(side: Side, store: ObjectStore, question: Question, listing: Listing): Promise<ListPage> {
  const call = (signal: AbortSignal): Promise<ListPage> => onSide(side, store.listPage({ ...question, signal }))
  return attempted(listing.policy, { call, onRetry: listing.onRetry }, listing.ended)
}
