import { Subject } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import type { OnRetry } from '../flow/attempt.js'
import { narrowing } from '../plan/selection.js'
import type { BucketPair, Side } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import { compareKeys } from '../ports/key-order.js'
import type { ListPage, ObjectEntry } from '../ports/objects.js'
import type { VersionPage } from '../ports/store-facets.js'
import { isBelow } from '../ports/relative-key.js'
import { at, type Run } from '../run/run-context.js'
import { Range } from './key-range.js'
import { Backups, isNote, NOTES, type PairBackups } from './known-backups.js'
import { firstBehind, type Listing, listPlace } from './list-pages.js'
import { versionPages } from './list-versions.js'
import type { Probe } from './split-range.js'
import { sortedWhole } from './unlisted.js'

/** Lists one side of a range, page by page. */
export type ListSide = (side: Side, range: Range) => AsyncIterable<ListPage>

/** Maximum number of objects of a pair that wait for a retry while workers process others. */
const PARKED_AT_LEAST = 64
const PARKED_PER_WORKER = 4
const PARKED_AT_MOST = 1_024

/** Maximum number of objects of a pair in progress: in flight or waiting for a retry. */
export function inHand({ plan: { workers } }: Run): number {
  return workers + Math.min(Math.max(PARKED_AT_LEAST, PARKED_PER_WORKER * workers), PARKED_AT_MOST)
}

/** The listings of a pair, until they are cancelled. Each retried request is emitted as an event. */
export class PairListings {
  /** Backups at source and target. */
  readonly backups: PairBackups
  private readonly ended = new Subject<void>()

  constructor(
    private readonly run: Run,
    private readonly pair: BucketPair,
    private readonly emit: (event: SyncEvent) => void,
  ) {
    this.backups = { source: this.backupsOf('source'), target: this.backupsOf('target') }
  }

  /** Lists the content of a directory; `key` ends with `/`. */
  below(side: Side, key: string): AsyncIterable<ListPage> {
    const { run, pair } = this
    const place = { ...pair[side], prefix: key.slice(0, -1), self: false }
    const listing = { ...this.listing(new Range(pair, undefined, undefined)), narrow: '', leavesOut: () => false }
    return withoutNotes(listPlace(side, run.stores[side], place, undefined, listing))
  }

  /** Lists in the server's order, from the start of the range; without notes of backups. */
  readonly list: ListSide = (side, range) => {
    const { run, pair } = this
    const listing = this.listing(range)
    const pages = listPlace(side, run.stores[side], pair[side], range.after, listing)
    const isWhole = pair[side].prefix === '' && range.after === undefined && listing.narrow === ''
    return withoutNotes(isWhole ? learning(this.backups[side], pages) : pages)
  }

  /** All versions on one side, from the start of the range; without notes of backups. */
  versions(side: Side, range: Range): AsyncIterable<VersionPage> {
    const { run, pair } = this
    return withoutNotes(versionPages(side, run.stores[side], pair[side], range.after, this.listing(range)))
  }

  /**
   * Lists one side completely, sorted by UTF-8 bytes. If a server lists a key twice, it pages in another order than it lists, so keys may
   * be missing (measured with the embedded server): then it is unknown which objects exist.
   */
  readonly sorted: ListSide = (side, range) =>
    sortedWhole(this.run.sorter, this.list(side, range), (key) => {
      throw repeated(side, key)
    })

  /** Looks up source keys to find split points of a range; absent if a side cannot be listed from the middle. */
  get probe(): ((range: Range) => Probe) | undefined {
    const { source, target } = this.run.stores
    return source.traits.seeks && target.traits.seeks ? this.firstBehind : undefined
  }

  /** Cancels all listings, also while they wait. */
  end(): void {
    this.ended.next()
  }

  private readonly firstBehind = (range: Range): Probe => {
    const { run, pair } = this
    const { upTo } = range
    return async (after) => {
      const tail = await firstBehind('source', run.stores.source, pair.source, after, this.listing(range))
      const isInside = tail !== undefined && compareKeys(tail, after) > 0 && (upTo === undefined || compareKeys(tail, upTo) <= 0)
      return isInside ? tail : undefined
    }
  }

  private backupsOf(side: Side): Backups {
    const { run, pair, emit } = this
    const store = run.stores[side]
    const { bucket, prefix } = pair[side]
    const notes = { bucket, prefix: NOTES, self: false }
    const listing = (): Listing => ({ ...this.listing(new Range(pair, undefined, undefined)), narrow: '' })
    return new Backups(
      () => listPlace(side, store, notes, undefined, listing()),
      () => store.files?.backupsWithin(bucket) ?? NONE,
      (backups) => side === 'source' && (backups === '' || prefix === backups || isBelow(backups, prefix)),
      () => {
        const message = `The login may not list ${bucket}/${NOTES}/, where runs note their backups: none are known of.`
        emit({ type: 'notice-given', ...at(run), code: 'BackupsUnknown', message })
      },
    )
  }

  private listing(range: Range): Listing {
    const onRetry: OnRetry = (failure, attempt, waitMs) => {
      this.emit({ type: 'attempt-failed', ...at(this.run), pair: range.pair, attempt, waitMs, failure })
    }
    const { policy, globs, plan } = this.run
    const leavesOut = (directory: string): boolean => globs.leavesOut(directory)
    return { policy, onRetry, narrow: narrowing(plan.selection), leavesOut, ended: this.ended }
  }
}

const NONE: ReadonlySet<string> = new Set()

interface Page {
  readonly entries: readonly ObjectEntry[]
}

async function* withoutNotes<P extends Page>(pages: AsyncIterable<P>): AsyncGenerator<P> {
  for await (const page of pages) {
    const hasNotes = page.entries.some(({ key }) => isNote(key))
    yield hasNotes ? { ...page, entries: page.entries.filter(({ key }) => !isNote(key)) } : page
  }
}

async function* learning(backups: Backups, pages: AsyncIterable<ListPage>): AsyncGenerator<ListPage> {
  let isFirst = true
  for await (const page of pages) {
    if (isFirst && page.next === undefined) backups.learn(page)
    isFirst = false
    yield page
  }
}

function repeated(side: Side, key: string): StoreError {
  const message = `the listing names the key "${key}" twice: its pages overlap, and may leave out others`
  return new StoreError({ kind: 'permanent', operation: 'ListObjectsV2', code: 'MalformedListing', message, side })
}
