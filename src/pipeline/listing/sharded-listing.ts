import type { EventOf, SyncEvent } from '../events/events.js'
import { StoreError } from '../ports/failure.js'
import { at, type Run, type RunEnvironment } from '../run/run-context.js'
import type { Range } from './key-range.js'
import { cuts, type Probe } from './split-range.js'

/** Fewer pages than this are listed faster than a cut is found. */
const PAGES_BEFORE = 2

/** How a pair is listed, and what is made of its pages. */
export interface Sharding<T> {
  /** The pages of a range, with what was decided about them; the last ends the range. */
  readonly plan: (range: Range) => AsyncIterable<readonly T[]>
  /** Looks one key up at the source, for a range to be cut; absent where ranges can't be listed from their middle. */
  readonly probe?: ((range: Range) => Probe) | undefined
}

/** Whether more ranges would pay is looked at after so many pages of each. */
const PAGES_EACH = 4
/** Above this share of its time a core is busy enough. */
const BUSY = 0.8

/** How many ranges at once pay: twice as many for as long as there is time to read more pages than come. Next door, two keep one core busy. */
class Appetite {
  most = 2
  private pages = 0
  private since: number
  private busy: number

  constructor(private readonly world: Pick<RunEnvironment, 'scheduler' | 'busy'>) {
    this.since = world.scheduler.now()
    this.busy = world.busy()
  }

  /** A page was taken. */
  fed(): void {
    if (++this.pages < PAGES_EACH * this.most) return
    const [now, busy] = [this.world.scheduler.now(), this.world.busy()]
    if (busy - this.busy <= BUSY * (now - this.since)) this.most *= 2
    ;[this.pages, this.since, this.busy] = [0, now, busy]
  }
}

interface Arrival<T> {
  readonly items: readonly (T | SyncEvent)[]
  readonly taken: () => void
}

/**
 * The pages of a pair, from as many ranges at once as pay: whenever its reader has to wait for a page, the range of which most was listed
 * is cut, and idle listers take what is cut off. Each range holds one page until it is taken. A range that fails is an event; the others
 * go on.
 */
export class ShardedPages<T> implements AsyncIterator<readonly (T | SyncEvent)[], undefined> {
  private readonly ranges = new Set<Range>()
  /** Ranges that nobody lists yet. */
  private readonly waiting: Range[]
  private begun = false
  /** Whether no range has failed so far. */
  complete = true
  /** Ranges whose end is still to be checked against the beginning of the next. */
  private seams: Range[] = []
  private readonly ready: Arrival<T>[] = []
  private wake: () => void = () => undefined
  private broken: { readonly error: unknown } | undefined
  private readonly appetite: Appetite
  private closed = false
  private cutting = false

  constructor(
    private readonly run: Run,
    ranges: readonly Range[],
    private readonly sharding: Sharding<T>,
  ) {
    this.appetite = new Appetite(run)
    this.waiting = [...ranges]
  }

  async next(): Promise<IteratorResult<readonly (T | SyncEvent)[], undefined>> {
    if (!this.begun) this.begin()
    for (;;) {
      const arrival = this.ready.shift()
      if (arrival !== undefined) {
        arrival.taken()
        this.appetite.fed()
        return { done: false, value: arrival.items }
      }
      if (this.broken !== undefined) throw this.broken.error
      if (this.ranges.size === 0) return { done: true, value: undefined }
      void this.cutLargest()
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }

  return(): Promise<IteratorResult<readonly (T | SyncEvent)[], undefined>> {
    this.closed = true
    for (const { taken } of this.ready.splice(0)) taken()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** As many ranges at once as there are listers; whoever is done with one takes the next. */
  private begin(): void {
    this.begun = true
    const helpers = this.run.listers.take(Math.max(0, this.waiting.length - 1))
    for (const [index, range] of this.waiting.splice(0, 1 + helpers).entries()) {
      void this.list(range).finally(() => this.run.listers.giveBack(index === 0 ? 0 : 1))
    }
  }

  private async list(range: Range): Promise<void> {
    this.ranges.add(range)
    this.seams.push(range)
    try {
      for await (const items of this.sharding.plan(range)) {
        await this.offer(items)
        if (this.closed) break
      }
      range.ended = true
      this.seams = this.seams.filter((one) => !one.isSeamSound())
      if (!this.closed) await this.offer([{ type: 'shard-listed', ...at(this.run), shard: range.shard }])
    } catch (error) {
      range.ended = true
      this.complete = false
      if (error instanceof StoreError) await this.offer([failed(this.run, range, error)])
      else this.broken ??= { error }
    } finally {
      this.ranges.delete(range)
      const next = this.closed ? undefined : this.waiting.shift()
      if (next === undefined) this.wake()
      else await this.list(next)
    }
  }

  private offer(items: readonly (T | SyncEvent)[]): Promise<void> {
    return new Promise<void>((taken) => {
      if (this.closed) taken()
      else this.ready.push({ items, taken })
      this.wake()
    })
  }

  /** The range with the most pages so far probably has the most left. */
  private async cutLargest(): Promise<void> {
    const { probe } = this.sharding
    if (probe === undefined || this.cutting) return
    const [largest] = [...this.ranges].sort((a, b) => b.pages - a.pages)
    if (largest?.left === undefined || largest.pages < PAGES_BEFORE) return
    const wanted = this.appetite.most - this.ranges.size
    const listers = wanted > 0 ? this.run.listers.take(wanted) : 0
    if (listers === 0) return
    largest.pages = 0
    this.cutting = true
    let used = 0
    try {
      const points = await cuts(largest.left, largest.emptyBehind, listers + 1, largest.alphabet, probe(largest))
      let range = largest
      for (const point of points) {
        const other = this.closed ? undefined : range.split(point)
        if (other === undefined) continue
        used++
        void this.list(other).finally(() => this.run.listers.giveBack(1))
        void this.offer([split(this.run, range, other)])
        range = other
      }
    } catch (error) {
      // What is wrong with the listing, its own pages will tell.
      if (!(error instanceof StoreError)) this.broken ??= { error }
    } finally {
      this.run.listers.giveBack(listers - used)
      this.cutting = false
      this.wake()
    }
  }
}

function failed(run: Run, range: Range, { failure }: StoreError): EventOf<'shard-failed'> {
  return { type: 'shard-failed', ...at(run), shard: range.rest, failure }
}

function split(run: Run, range: Range, other: Range): EventOf<'shard-split'> {
  return { type: 'shard-split', ...at(run), shard: range.shard, other: other.shard }
}
