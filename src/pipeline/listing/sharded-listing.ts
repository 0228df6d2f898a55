import type { EventOf, SyncEvent } from '../events/events.js'
import { StoreError } from '../ports/failure.js'
import { at, type Run, type RunEnvironment } from '../run/run-context.js'
import type { Range } from './key-range.js'
import { cuts, type Probe } from './split-range.js'

/** A range with fewer pages is listed faster than split. */
const PAGES_BEFORE = 2

/** How to list a pair and process its pages. */
export interface Sharding<T> {
  /** The pages of a range with the decisions about them; the last page ends the range. */
  readonly plan: (range: Range) => AsyncIterable<readonly T[]>
  /** Looks up one source key to find a split point; absent if ranges cannot be listed from the middle. */
  readonly probe?: ((range: Range) => Probe) | undefined
}

/** After this many pages for each range, the number of ranges is reconsidered. */
const PAGES_EACH = 4
/** Above this share of its time a core counts as busy. */
const BUSY = 0.8

/**
 * The number of ranges worth listing at once: doubles while the core has time to process more pages than arrive. With a nearby server, two
 * ranges keep one core busy.
 */
class Appetite {
  most = 2
  private pages = 0
  private since: number
  private busy: number

  constructor(private readonly world: Pick<RunEnvironment, 'scheduler' | 'busy'>) {
    this.since = world.scheduler.now()
    this.busy = world.busy()
  }

  /** Call this for each page taken. */
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
 * The pages of a pair, listed from several ranges at once. Whenever the reader waits for a page, the range with the most listed pages is
 * split, and idle listers take the new ranges. Each range holds one page until it is taken. If a range fails, an event reports it and the
 * others continue.
 */
export class ShardedPages<T> implements AsyncIterator<readonly (T | SyncEvent)[], undefined> {
  private readonly ranges = new Set<Range>()
  /** Ranges without a lister yet. */
  private readonly waiting: Range[]
  private begun = false
  /** Whether no range has failed so far. */
  complete = true
  /** Ranges whose end is not yet checked against the beginning of the next one. */
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

  /** Lists as many ranges at once as listers are free; a lister that finishes takes the next range. */
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

  /** The range with the most listed pages probably has the most keys left. */
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
      // Errors of the listing are reported by its own pages.
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
