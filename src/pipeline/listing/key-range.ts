import type { BucketPair, BucketPrefix, Shard } from '../ports/bucket-pair.js'
import { OrderViolation } from '../ports/failure.js'
import { compareKeys } from '../ports/key-order.js'
import type { ListPage, ObjectEntry } from '../ports/objects.js'
import { keyOf, tailOf } from '../ports/relative-key.js'
import { Alphabet } from './split-range.js'

/**
 * A shard while it is listed: tails `(after, upTo]` (see relative-key.ts); a missing bound is open. The end moves closer when a part of the
 * rest is given to another lister.
 */
export class Range {
  /** Pages decided since the range was last considered for a split. */
  pages = 0
  /** The source has no known keys after this tail; limits the search for a split point. */
  emptyBehind: string | undefined
  /** Whether its listing has ended. */
  ended = false
  /** Its keys are not ordered: it cannot be split. */
  isIndivisible = false
  /** The source has no further keys in it: it cannot be split, and its end is final. */
  private isListed = false
  /** The last tail that was decided. */
  private reached: string | undefined
  /** The last source tail that was read: later keys can be given to another range. */
  private claimed: string | undefined
  /** The range that begins where this one ends. */
  private next: Range | undefined
  /**
   * The first tail of the source's listing, and the first one after this range's end. `nothing` if the listing has ended, undefined while
   * unknown.
   */
  private first: string | undefined
  private following: string | undefined

  constructor(
    readonly pair: BucketPair,
    readonly after: string | undefined,
    private end: string | undefined,
    readonly alphabet = new Alphabet(),
  ) {
    this.reached = after
    this.claimed = after
    this.emptyBehind = end
  }

  get upTo(): string | undefined {
    return this.end
  }

  /** Where a part to give away may begin; undefined before the first page. */
  get left(): string | undefined {
    return this.claimed
  }

  /** Whether it is the whole pair, and nothing was given away. */
  get isWhole(): boolean {
    return this.after === undefined && this.end === undefined
  }

  /** The key after which its listing begins; undefined if it begins at the start. */
  startsBehind(place: BucketPrefix): string | undefined {
    return this.after === undefined ? undefined : keyOf(place, this.after)
  }

  /** Gives away the part after `at` and returns it as a range. Undefined if this range has already passed `at`. */
  split(at: string): Range | undefined {
    if (this.ended || this.isListed || this.isIndivisible || !this.isLeft(at)) return undefined
    const other = new Range(this.pair, at, this.end, this.alphabet)
    other.emptyBehind = this.emptyBehind
    other.next = this.next
    this.end = at
    this.emptyBehind = at
    this.next = other
    return other
  }

  /** Records that a page was decided; `upTo` is its last tail. */
  decided(entries: readonly ObjectEntry[], upTo: string): void {
    this.pages++
    this.alphabet.learn(entries)
    this.reached = upTo
  }

  /** As plain data, in the source's keys. */
  get shard(): Shard {
    return { pair: this.pair, ...this.bounds(this.after, this.end) }
  }

  /** The part that is not decided yet. */
  get rest(): Shard {
    return { pair: this.pair, ...this.bounds(this.reached, this.end) }
  }

  /** The source pages within this range, which may shrink meanwhile. */
  async *ofSource(pages: AsyncIterable<ListPage>): AsyncGenerator<ListPage> {
    const place = this.pair.source
    for await (const page of pages) {
      const [first] = page.entries
      if (first !== undefined) this.first ??= tailOf(place, first.key)
      const inside = this.inside(place, page.entries)
      const last = inside.at(-1)
      if (last !== undefined) this.claimed = tailOf(place, last.key)
      yield this.part(place, page, inside)
      const behind = page.entries[inside.length]
      if (behind === undefined) continue
      this.isListed = true
      this.following = tailOf(place, behind.key)
      return
    }
    this.isListed = true
    this.following = NOTHING
    this.first ??= NOTHING
  }

  /** The target pages within this range, which may shrink meanwhile. */
  async *ofTarget(pages: AsyncIterable<ListPage>): AsyncGenerator<ListPage> {
    for await (const page of pages) {
      const inside = this.inside(this.pair.target, page.entries)
      yield this.part(this.pair.target, page, inside)
      if (inside !== page.entries) return
    }
  }

  /**
   * Checks that a listing that continues past a range's end shows the first key of the next range. Otherwise the server sorts differently
   * than StartAfter compares, and keys may have been skipped. Returns whether the result is known yet.
   * @throws {OrderViolation}
   */
  isSeamSound(): boolean {
    const { ended, following, next } = this
    if (!ended || following === undefined) return false
    if (next === undefined || following === next.first) return true
    if (next.first === undefined) return false
    throw new OrderViolation('source', following, next.first)
  }

  /** The entries of a page up to the end; usually all of them. */
  private inside(place: BucketPrefix, entries: readonly ObjectEntry[]): readonly ObjectEntry[] {
    const last = entries.at(-1)
    if (last === undefined || this.holds(place, last.key)) return entries
    return entries.slice(
      0,
      entries.findIndex(({ key }) => !this.holds(place, key)),
    )
  }

  /** A page without entries after the end. */
  private part(place: BucketPrefix, page: ListPage, inside: readonly ObjectEntry[]): ListPage {
    if (inside === page.entries) return page
    const unlisted = page.unlisted?.filter(({ key }) => this.holds(place, key))
    return { entries: inside, ...(unlisted && { unlisted }) }
  }

  /** Whether a key is not after the end. */
  holds(place: BucketPrefix, key: string): boolean {
    return this.end === undefined || compareKeys(tailOf(place, key), this.end) <= 0
  }

  private isLeft(tail: string): boolean {
    const { claimed, end } = this
    return (claimed === undefined || compareKeys(tail, claimed) > 0) && (end === undefined || compareKeys(tail, end) < 0)
  }

  private bounds(from: string | undefined, to: string | undefined): Omit<Shard, 'pair'> {
    const after = from === undefined ? undefined : keyOf(this.pair.source, from)
    const upTo = to === undefined ? undefined : keyOf(this.pair.source, to)
    return { ...(after === undefined ? {} : { after }), ...(upTo === undefined ? {} : { upTo }) }
  }
}

/** Differs from every tail: they are empty or begin with `/`. */
const NOTHING = 'nothing'
