import type { Tally } from '../events/values.js'
import type { Side } from '../ports/bucket-pair.js'
import { type Failure, OrderViolation } from '../ports/failure.js'
import { compareKeys } from '../ports/key-order.js'
import type { ListPage, ObjectEntry } from '../ports/objects.js'
import { Overlooked, Unread, type Unseen } from './unlisted.js'

/** An element of the join: an object, or the history of one. `size`: bytes. */
type Keyed = Pick<ObjectEntry, 'key' | 'size'>

/** A page of a listing, with the fields that the join needs. */
type PageOf<E extends Keyed> = Pick<ListPage, 'unlisted'> & { readonly entries: readonly E[] }

/** A page of the source; each entry is matched with the target entry of the same name. */
export interface JoinedPage<E extends Keyed = ObjectEntry> {
  /** The last key of the page from either side, in join order: no earlier key follows. */
  readonly upTo: string
  readonly entries: readonly E[]
  /** `targets[i]` belongs to `entries[i]`. */
  readonly targets: readonly (E | undefined)[]
  /** By the index of an entry: why it is unknown whether the target has it. */
  readonly unknown?: ReadonlyMap<number, Failure>
  /** Items that the listings found up to here and cannot show as objects. */
  readonly unseen?: readonly Unseen[]
  /** If requested: the objects that the target listed since the previous page, and those of them that the source does not list. */
  readonly there: Tally
  readonly extras: readonly E[]
}

/** This many extras are emitted as a page of their own: there may be millions between two source keys. */
const EXTRAS_AT_ONCE = 1_000

/**
 * Merge-joins two listings in ascending UTF-8 byte order, page by page of the source; holds one page of each side. With `extras`, also
 * returns all objects that exist only at the target; some pages may then contain only those.
 * Throws {@link OrderViolation} if a key does not sort after the previous one, or the first key not after `after`: then missing objects
 * cannot be detected.
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

/** Throws if keys do not strictly ascend. */
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

/**
 * The position in the target's listing. Stepping within a page is synchronous: ten million unchanged objects must not need a promise each.
 */
class Cursor<E extends Keyed> {
  private readonly pages: AsyncIterator<PageOf<E>>
  private readonly ascending: Ascending
  private page: readonly E[] = []
  private index = 0
  private key = ''
  private state: 'before' | 'at' | 'after' = 'before'
  private isMatched = true
  /** The key of the last entry that was passed. */
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

  /** The current entry, marked as matched. */
  match(): E | undefined {
    this.isMatched = true
    return this.page[this.index]
  }

  /** Returns what was passed since the last call. */
  passed(): Pick<JoinedPage<E>, 'extras' | 'there'> {
    const { extras, objects, bytes } = this
    ;[this.extras, this.objects, this.bytes] = [[], 0, 0]
    return { extras, there: { objects, bytes } }
  }

  /** Negative while the cursor is before `key` (or before the first entry), zero at it, positive after it or at the end. */
  compare(key: string): number {
    if (this.state === 'at') return compareKeys(this.key, key)
    return this.state === 'before' ? -1 : 1
  }

  /** Moves to the next entry of the page; false if the page is used up. */
  step(): boolean {
    const next = this.state === 'before' ? this.index : this.index + 1
    const entry = this.page[next]
    if (entry === undefined) return false
    this.leave()
    this.index = next
    this.take(entry)
    return true
  }

  /** Moves to the first entry of the next non-empty page, or to the end. */
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
      // Check the whole page before concluding that a key is missing: in an unordered page, the key may be anywhere.
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
