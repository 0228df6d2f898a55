import type { Observable } from 'rxjs'
import { attempted, type AttemptPolicy, type OnRetry } from '../flow/attempt.js'
import type { BucketPrefix, Side } from '../ports/bucket-pair.js'
import type { ObjectStore } from '../ports/object-store.js'
import type { ListPage, ListRequest } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import { keyOf, listPrefix, tailOf } from '../ports/relative-key.js'

/** What a listing needs beside the store. */
export interface Listing {
  readonly policy: AttemptPolicy
  /** Called for each page that failed and is asked for again. */
  readonly onRetry: OnRetry
  /** What all names of interest begin with; empty for all. */
  readonly narrow: string
  /** Whether nothing of interest is below a name that ends with `/`. */
  readonly leavesOut: (directory: string) => boolean
  /** Ends the listing, also while it waits for another attempt. */
  readonly ended: Observable<void>
}

type Question = Omit<ListRequest, 'signal'>

/**
 * The pages of a place behind the tail `after`, each requested when the one before was used (flow/prefetch.ts requests one more). A failed page
 * is retried as an object is; when that is of no use its error ends the iteration. The object named by the prefix itself comes first, as its
 * key does.
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
  // Also where names are narrowed down: this one's is no name below the prefix, and the other side's may be another.
  if (place.prefix !== '' && place.self && after === undefined) {
    // The shortest key with a prefix sorts first, so one key tells whether there is an object of that very name.
    const first = await pageOf({ bucket, prefix: place.prefix, limit: 1 })
    yield { entries: first.entries.filter((entry) => tailOf(place, entry.key) === '') }
  }
  if (place.only) return
  const prefix = listPrefix(place) + listing.narrow
  const skips = (key: string): boolean => listing.leavesOut(tailOf(place, key).slice(1))
  let answer = await pageOf({ bucket, prefix, skips, ...startAfter(place, after) })
  yield answer
  while (answer.next !== undefined) {
    answer = await pageOf({ bucket, prefix, skips, token: answer.next })
    yield answer
  }
}

/** The tail of the first key of a place behind the tail `after`; undefined when there is none. */
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

/** One page, after as many attempts as it needs. */
function page(side: Side, store: ObjectStore, question: Question, listing: Listing): Promise<ListPage> {
  const call = (signal: AbortSignal): Promise<ListPage> => onSide(side, store.listPage({ ...question, signal }))
  return attempted(listing.policy, { call, onRetry: listing.onRetry }, listing.ended)
}
