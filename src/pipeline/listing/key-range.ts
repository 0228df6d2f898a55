import type { BucketPair, BucketPrefix, Shard } from '../ports/bucket-pair.js'
import { OrderViolation } from '../ports/failure.js'
import { compareKeys } from '../ports/key-order.js'
import type { ListPage, ObjectEntry } from '../ports/objects.js'
import { keyOf, tailOf } from '../ports/relative-key.js'
import { Alphabet } from './split-range.js'

/**
 * A shard while it is being listed: tails `(after, upTo]` (see relative-key.ts), a missing bound being open. Its end comes nearer when a part of
 * what is left is given to another lister.
 */
export class Range {
  /** Pages that were decided about since it was last looked at for something to give away. */
  pages = 0
  /** Nothing of the source is behind this tail, as far as is known; where to look for something to give away. */
  emptyBehind: string | undefined
  /** Whether its listing has come to its end. */
  ended = false
  /** Its keys come in no order: nothing can be given away. */
  isIndivisible = false
  /** Nothing of the source is left in it: nothing to give away, and its end stays. */
  private isListed = false
  /** The last tail that was decided about. */
  private reached: string | undefined
  /** The last tail of the source that was read: keys behind it can be given to another range. */
  private claimed: string | undefined
  /** The range that begins where this one ends. */
  private next: Range | undefined
  /** What the source's listing showed first, and first behind this range's end; `nothing` at its end, undefined until it is known. */
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

  /** Where something to give away may begin; undefined before the first page. */
  get left(): string | undefined {
    return this.claimed
  }

  /** Whether it is all of the pair, and nothing was given away. */
  get isWhole(): boolean {
    return this.after === undefined && this.end === undefined
  }

  /** The key behind which its listing begins; undefined where it begins at the start. */
  startsBehind(place: BucketPrefix): string | undefined {
    return this.after === undefined ? undefined : keyOf(place, this.after)
  }

  /** Gives away what is behind `at`: the other range. Undefined when this one has got there already. */
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

  /** A page was decided about, `upTo` being the last tail of it. */
  decided(entries: readonly ObjectEntry[], upTo: string): void {
    this.pages++
    this.alphabet.learn(entries)
    this.reached = upTo
  }

  /** As plain data, in the source's keys. */
  get shard(): Shard {
    return { pair: this.pair, ...this.bounds(this.after, this.end) }
  }

  /** What of it was not decided about. */
  get rest(): Shard {
    return { pair: this.pair, ...this.bounds(this.reached, this.end) }
  }

  /** The pages of the source as far as this range goes; ends where it ends by then. */
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

  /** The pages of the target as far as this range goes; ends where it ends by then. */
  async *ofTarget(pages: AsyncIterable<ListPage>): AsyncGenerator<ListPage> {
    for await (const page of pages) {
      const inside = this.inside(this.pair.target, page.entries)
      yield this.part(this.pair.target, page, inside)
      if (inside !== page.entries) return
    }
  }

  /**
   * A listing beyond a range's end must begin with the first key of the next range: else the server sorts in another way
   * than StartAfter compares, and keys may have been skipped. Returns whether that is known yet.
   * @throws {OrderViolation}
   */
  isSeamSound(): boolean {
    const { ended, following, next } = this
    if (!ended || following === undefined) return false
    if (next === undefined || following === next.first) return true
    if (next.first === undefined) return false
    throw new OrderViolation('source', following, next.first)
  }

  /** Those of a page that lie before the end: mostly all. */
  private inside(place: BucketPrefix, entries: readonly ObjectEntry[]): readonly ObjectEntry[] {
    const last = entries.at(-1)
    if (last === undefined || this.holds(place, last.key)) return entries
    return entries.slice(
      0,
      entries.findIndex(({ key }) => !this.holds(place, key)),
    )
  }

  /** A page without what is behind the end. */
  private part(place: BucketPrefix, page: ListPage, inside: readonly ObjectEntry[]): ListPage {
    if (inside === page.entries) return page
    const unlisted = page.unlisted?.filter(({ key }) => this.holds(place, key))
    return { entries: inside, ...(unlisted && { unlisted }) }
  }

  /** Whether a key lies before the end. */
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

/** No tail is like this one: they are empty or begin with `/`. */
const NOTHING = 'nothing'
