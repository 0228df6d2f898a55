import type { Tally } from '../events/values.js'
import type { Side } from '../ports/bucket-pair.js'
import { type Failure, OrderViolation } from '../ports/failure.js'
import { compareKeys } from '../ports/key-order.js'
import type { ListPage, ObjectEntry } from '../ports/objects.js'
import { Overlooked, Unread, type Unseen } from './unlisted.js'

/** What is joined: an object, or the history of one. `size`: bytes. */
type Keyed = Pick<ObjectEntry, 'key' | 'size'>

/** A page of a listing, as far as the join is concerned. */
type PageOf<E extends Keyed> = Pick<ListPage, 'unlisted'> & { readonly entries: readonly E[] }

/** A page of the source, each entry with the target's of the same name. */
export interface JoinedPage<E extends Keyed = ObjectEntry> {
  /** The last key of it, on whichever side, as the sides are compared: nothing before it comes later. */
  readonly upTo: string
  readonly entries: readonly E[]
  /** `targets[i]` belongs to `entries[i]`. */
  readonly targets: readonly (E | undefined)[]
  /** By the index of an entry: why it is not known whether the target has it. */
  readonly unknown?: ReadonlyMap<number, Failure>
  /** What the listings came upon up to here and can't show. */
  readonly unseen?: readonly Unseen[]
  /** Where requested: objects that the target lists since the page before, and those of them that the source does not list. */
  readonly there: Tally
  readonly extras: readonly E[]
}

/** So many extras make a page of their own: there may be millions between two keys of the source. */
const EXTRAS_AT_ONCE = 1_000

/**
 * Merge-joins two listings that ascend in UTF-8 byte order, page by page of the source; holds one page of each side. With `extras`, tells
 * also what only the target has, to its end; pages may then hold nothing else.
 * Throws {@link OrderViolation} as soon as a key does not come after the one before it, or the first ones not after `after`: then nothing can
 * be said about absence.
 */
export async function* join<E extends Keyed>(
  source: AsyncIterable<PageOf<E>>,
  target: AsyncIterable<PageOf<E>>,
  keys: Readonly<Record<Side, (key: string) => string>>,
  after: { readonly source?: string | undefined; readonly target?: string | undefined } = {},
  extras = false,
): AsyncGenerator<JoinedPage<E>> {
  const overlooked = new Overlooked(keys)
  const unread = new Unread()
  const cursor = new Cursor(target, keys.target, after.target, extras, (page) => {
    for (const unseen of overlooked.add('target', page)) unread.add(unseen)
  })
  const ascending = new Ascending('source', after.source)
  let reached = after.source === undefined ? '' : keys.source(after.source)
  try {
    for await (const page of source) {
      overlooked.add('source', page)
      let targets: (E | undefined)[] = []
      let unknown = new Map<number, Failure>()
      let begin = 0
      let upTo = reached
      let index = 0
      for (const entry of page.entries) {
        ascending.check(entry.key)
        const key = keys.source(entry.key)
        let order = cursor.compare(key)
        while (order < 0) {
          if (!cursor.step()) {
            await cursor.turn()
            if (cursor.isFull) {
              const entries = page.entries.slice(begin, index)
              reached = cursor.left
              yield { upTo: reached, entries, targets, unknown, ...overlooked.upTo(reached), ...cursor.passed() }
              begin = index
              targets = []
              unknown = new Map()
            }
          }
          order = cursor.compare(key)
        }
        targets.push(order === 0 ? cursor.match() : undefined)
        const failure = order === 0 ? undefined : unread.above(key)
        if (failure !== undefined) unknown.set(index - begin, failure)
        upTo = key
        index++
      }
      const entries = begin === 0 ? page.entries : page.entries.slice(begin)
      if (entries.length === 0) continue
      reached = upTo
      yield { upTo, entries, targets, unknown, ...overlooked.upTo(upTo), ...cursor.passed() }
    }
    while (extras && !cursor.isAtEnd) {
      while (cursor.step());
      await cursor.turn()
      const passed = cursor.passed()
      if (passed.there.objects === 0) continue
      reached = cursor.left
      yield { upTo: reached, entries: [], targets: [], ...overlooked.upTo(reached), ...passed }
    }
    const rest = overlooked.upTo()
    if (rest.unseen !== undefined) yield { upTo: reached, entries: [], targets: [], ...rest, ...cursor.passed() }
  } finally {
    await cursor.close()
  }
}

/** Fails when keys do not strictly ascend. */
export class Ascending {
  constructor(
    private readonly side: Side,
    private last: string | undefined,
  ) {}

  check(key: string): void {
    if (this.last !== undefined && compareKeys(this.last, key) >= 0) throw new OrderViolation(this.side, this.last, key)
    this.last = key
  }
}

/** Where the target's listing stands. Stepping within a page is synchronous: ten million unchanged objects must not cost a promise each. */
class Cursor<E extends Keyed> {
  private readonly pages: AsyncIterator<PageOf<E>>
  private readonly ascending: Ascending
  private page: readonly E[] = []
  private index = 0
  private key = ''
  private state: 'before' | 'at' | 'after' = 'before'
  private isMatched = true
  /** The key it left last. */
  left = ''
  private extras: E[] = []
  private objects = 0
  private bytes = 0

  constructor(
    target: AsyncIterable<PageOf<E>>,
    private readonly joinKey: (key: string) => string,
    after: string | undefined,
    private readonly collects: boolean,
    private readonly onPage: (page: PageOf<E>) => void,
  ) {
    this.ascending = new Ascending('target', after)
    this.pages = target[Symbol.asyncIterator]()
  }

  get isAtEnd(): boolean {
    return this.state === 'after'
  }

  get isFull(): boolean {
    return this.extras.length >= EXTRAS_AT_ONCE
  }

  /** The current entry, which has a counterpart. */
  match(): E | undefined {
    this.isMatched = true
    return this.page[this.index]
  }

  /** What it has left behind since it was asked last. */
  passed(): Pick<JoinedPage<E>, 'extras' | 'there'> {
    const { extras, objects, bytes } = this
    ;[this.extras, this.objects, this.bytes] = [[], 0, 0]
    return { extras, there: { objects, bytes } }
  }

  /** Negative while the cursor is before `key` (or before its start), zero at it, positive after it or at the end. */
  compare(key: string): number {
    if (this.state === 'at') return compareKeys(this.key, key)
    return this.state === 'before' ? -1 : 1
  }

  /** To the next entry of the page; false when the page is used up. */
  step(): boolean {
    const next = this.state === 'before' ? this.index : this.index + 1
    const entry = this.page[next]
    if (entry === undefined) return false
    this.leave()
    this.index = next
    this.take(entry)
    return true
  }

  /** To the first entry of the next page that has one, or to the end. */
  async turn(): Promise<void> {
    this.leave()
    for (;;) {
      const next = await this.pages.next()
      if (next.done === true) {
        this.state = 'after'
        return
      }
      this.onPage(next.value)
      const [first] = next.value.entries
      if (first === undefined) continue
      // The whole page before anything is said about absence: without an order, what is asked for may be anywhere in it.
      for (const { key } of next.value.entries) this.ascending.check(key)
      this.page = next.value.entries
      this.index = 0
      this.take(first)
      return
    }
  }

  async close(): Promise<void> {
    await this.pages.return?.()
  }

  private take(entry: E): void {
    this.key = this.joinKey(entry.key)
    this.state = 'at'
    this.isMatched = false
  }

  private leave(): void {
    const entry = this.collects && this.state === 'at' ? this.page[this.index] : undefined
    if (entry === undefined) return
    this.left = this.key
    this.objects++
    this.bytes += entry.size
    if (!this.isMatched) this.extras.push(entry)
    this.isMatched = true
  }
}
