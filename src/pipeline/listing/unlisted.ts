import type { EventOf, SyncEvent } from '../events/events.js'
import type { Selection } from '../plan/selection.js'
import type { BucketPair, Side } from '../ports/bucket-pair.js'
import type { Failure } from '../ports/failure.js'
import { compareKeys } from '../ports/key-order.js'
import type { ListPage, ObjectEntry, Unlisted } from '../ports/objects.js'
import { keyOf } from '../ports/relative-key.js'
import { at, type Run } from '../run/run-context.js'
import type { Sorter } from '../run/run-files.js'

/** Something that the listing of a side can't show as an object; `tail`: what both sides call it (see relative-key.ts). */
export interface Unseen {
  readonly side: Side
  readonly tail: string
  readonly unlisted: Unlisted
}

/** What a failure is to a run: that of an object of the source, by the name it has or would have there. */
export interface KeyFailure {
  readonly key: string
  readonly failure: Failure
}

/** What the run is about of all that listings could not show: what failed, and what there is to say of the rest. */
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
    // What a target's listing skips is not changed.
    if (side === 'target' || run.noticesGiven.has(notice.code)) continue
    run.noticesGiven.add(notice.code)
    notices.push({ type: 'notice-given', ...at(run), ...notice })
  }
  return { failures, notices }
}

/** Nobody tried it: there was nothing that could be tried. */
export function failedUnlisted(run: Run, pair: BucketPair, { key, failure }: KeyFailure): EventOf<'object-failed'> {
  return { type: 'object-failed', ...at(run), pair, key, size: 0, attempts: 1, failure }
}

/** The directories of a side that could not be read, while its keys are gone through in their order. */
export class Unread {
  private ahead: { readonly tail: string; readonly failure: Failure }[] = []

  add({ tail, unlisted }: Unseen): void {
    if (tail.endsWith('/') && 'failure' in unlisted) this.ahead.push({ tail, failure: unlisted.failure })
  }

  /** Why it is not known whether there is an object of that name, which comes after all that were asked about before. */
  above(tail: string): Failure | undefined {
    if (this.ahead.length === 0) return undefined
    this.ahead = this.ahead.filter((one) => tail.startsWith(one.tail) || compareKeys(one.tail, tail) > 0)
    return this.ahead.find((one) => tail.startsWith(one.tail))?.failure
  }
}

/** What pages could not show, until it is reported with the keys behind it. */
export class Overlooked {
  private waiting: readonly Unseen[] = []

  constructor(private readonly tails: Readonly<Record<Side, (key: string) => string>>) {}

  add(side: Side, { unlisted = [] }: Pick<ListPage, 'unlisted'>): readonly Unseen[] {
    if (unlisted.length === 0) return []
    const added = unlisted.map((one) => ({ side, tail: this.tails[side](one.key), unlisted: one }))
    this.waiting = [...this.waiting, ...added]
    return added
  }

  /** All that is waiting, or as much of it as comes before a tail. */
  upTo(tail?: string): { readonly unseen?: readonly Unseen[] } {
    if (this.waiting.length === 0) return {}
    const isDue = (one: Unseen): boolean => tail === undefined || compareKeys(one.tail, tail) <= 0
    const unseen = this.waiting.filter(isDue)
    this.waiting = this.waiting.filter((one) => !isDue(one))
    return unseen.length === 0 ? {} : { unseen }
  }
}

/** Sorts a listing; what it can't show comes with its first page. */
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

/** Whether the run is about something of that name, or, where it is a directory, about anything below it, as far as is known. */
function isMeant({ selects: isSelected, globs, plan: { selection } }: Run, tail: string): boolean {
  const name = tail.slice(1)
  return name.endsWith('/') ? !globs.leavesOut(name) : isSelected?.(name, fitting(selection)) !== false
}

/** An object that only its name can keep out: sizes and ages are not known of what can't be read. */
function fitting({ minSize = 0, newerThan = -Infinity, olderThan = Infinity }: Selection): ObjectEntry {
  const between = Number.isFinite(newerThan) && Number.isFinite(olderThan) ? (newerThan + olderThan) / 2 : undefined
  const lastModified = between ?? (Number.isFinite(newerThan) ? newerThan + 1 : Number.isFinite(olderThan) ? olderThan - 1 : 0)
  return { key: '', size: minSize, etag: '', lastModified }
}
