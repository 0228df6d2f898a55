import type { EventOf, SyncEvent } from '../events/events.js'
import type { Selection } from '../plan/selection.js'
import type { BucketPair, Side } from '../ports/bucket-pair.js'
import type { Failure } from '../ports/failure.js'
import { compareKeys } from '../ports/key-order.js'
import type { ListPage, ObjectEntry, Unlisted } from '../ports/objects.js'
import { keyOf } from '../ports/relative-key.js'
import { at, type Run } from '../run/run-context.js'
import type { Sorter } from '../run/run-files.js'

/** An item that the listing of a side cannot show as an object; `tail`: its name relative to the prefix (see relative-key.ts). */
export interface Unseen {
  readonly side: Side
  readonly tail: string
  readonly unlisted: Unlisted
}

/** A failure for a run, as the failure of a source object: by the key that the object has or would have at the source. */
export interface KeyFailure {
  readonly key: string
  readonly failure: Failure
}

/** Converts what listings could not show, as far as it is in scope, into failures and notices. */
export function tellUnlisted(run: Run, pair: BucketPair, unseen: readonly Unseen[] = []) {
  const failures: KeyFailure[] = []
  const notices: SyncEvent[] = []
  for (const { side, tail, unlisted } of unseen) {
    if (!isMeant(run, tail)) continue
    if ('failure' in unlisted) {
      failures.push({ key: keyOf(pair.source, tail) ?? unlisted.key, failure: { ...unlisted.failure, side } })
      continue
    }
    const { notice } = unlisted
    // Items that a target's listing skips are not changed.
    if (side === 'target' || run.noticesGiven.has(notice.code)) continue
    run.noticesGiven.add(notice.code)
    notices.push({ type: 'notice-given', ...at(run), ...notice })
  }
  return { failures, notices }
}

/** `attempts` is 1 although no copy was tried: there was nothing to try. */
export function failedUnlisted(run: Run, pair: BucketPair, { key, failure }: KeyFailure): EventOf<'object-failed'> {
  return { type: 'object-failed', ...at(run), pair, key, size: 0, attempts: 1, failure }
}

/** The unreadable directories of a side, while its keys are processed in order. */
export class Unread {
  private ahead: { readonly tail: string; readonly failure: Failure }[] = []

  add({ tail, unlisted }: Unseen): void {
    if (tail.endsWith('/') && 'failure' in unlisted) this.ahead.push({ tail, failure: unlisted.failure })
  }

  /** Why it is unknown whether an object of that name exists. Names must be queried in ascending order. */
  above(tail: string): Failure | undefined {
    if (this.ahead.length === 0) return undefined
    this.ahead = this.ahead.filter((one) => tail.startsWith(one.tail) || compareKeys(one.tail, tail) > 0)
    return this.ahead.find((one) => tail.startsWith(one.tail))?.failure
  }
}

/** Collects the items that pages could not show, until they are reported with the keys after them. */
export class Overlooked {
  private waiting: readonly Unseen[] = []

  constructor(private readonly tails: Readonly<Record<Side, (key: string) => string>>) {}

  add(side: Side, { unlisted = [] }: Pick<ListPage, 'unlisted'>): readonly Unseen[] {
    if (unlisted.length === 0) return []
    const added = unlisted.map((one) => ({ side, tail: this.tails[side](one.key), unlisted: one }))
    this.waiting = [...this.waiting, ...added]
    return added
  }

  /** Takes all waiting items, or those up to a tail. */
  upTo(tail?: string): { readonly unseen?: readonly Unseen[] } {
    if (this.waiting.length === 0) return {}
    const isDue = (one: Unseen): boolean => tail === undefined || compareKeys(one.tail, tail) <= 0
    const unseen = this.waiting.filter(isDue)
    this.waiting = this.waiting.filter((one) => !isDue(one))
    return unseen.length === 0 ? {} : { unseen }
  }
}

/** Sorts a listing; items that it cannot show come with the first page. */
export async function* sortedWhole(sorter: Sorter, pages: AsyncIterable<ListPage>, onRepeat: (key: string) => void) {
  const unlisted: Unlisted[] = []
  async function* heard(): AsyncGenerator<ListPage> {
    for await (const page of pages) {
      unlisted.push(...(page.unlisted ?? []))
      yield page
    }
  }
  for await (const page of sorter.sorted(heard(), onRepeat))
    yield unlisted.length === 0 ? page : { ...page, unlisted: unlisted.splice(0) }
  if (unlisted.length > 0) yield { entries: [], unlisted }
}

/** Whether a name is in scope or, for a directory, any name below it may be. */
function isMeant({ selects: isSelected, globs, plan: { selection } }: Run, tail: string): boolean {
  const name = tail.slice(1)
  return name.endsWith('/') ? !globs.leavesOut(name) : isSelected?.(name, fitting(selection)) !== false
}

/** An object that only its name can exclude: size and age of an unreadable item are unknown. */
function fitting({ minSize = 0, newerThan = -Infinity, olderThan = Infinity }: Selection): ObjectEntry {
  const between = Number.isFinite(newerThan) && Number.isFinite(olderThan) ? (newerThan + olderThan) / 2 : undefined
  const lastModified = between ?? (Number.isFinite(newerThan) ? newerThan + 1 : Number.isFinite(olderThan) ? olderThan - 1 : 0)
  return { key: '', size: minSize, etag: '', lastModified }
}
