import type { EventOf, SyncEvent } from '../events/events.js'
import { type BucketPair, samePair, type Shard, wholePair } from '../ports/bucket-pair.js'
import type { UploadedPart } from '../ports/store-facets.js'

/** The remaining work of a pair. Plain data. */
export interface RemainingOfPair {
  readonly pair: BucketPair
  /** The ranges that are not listed yet: from the watermark of each shard to its end. */
  readonly shards: readonly RemainingShard[]
  /** Keys that were decided but not settled: at most those in flight, parked or on the current pages. */
  readonly unsettled: readonly string[]
  /** Those of them whose target object was backed up: the current target object may be this run's own copy. */
  readonly backedUp?: readonly string[]
  /** With `--versions`: the number of remaining versions of those keys where it is not 1. */
  readonly histories?: readonly (readonly [key: string, versions: number])[]
  /** Failed objects, oldest first: `told` is the number of the pair's failures in the journal; the first `gone` of them no longer count. */
  readonly failures: { readonly told: number; readonly gone: number }
  /** Its keys are not ordered: it must be listed again from the start. */
  readonly unordered: boolean
}

/** The part of a shard that is not listed. */
export interface RemainingShard extends Shard {
  /** The start of the shard itself, which identifies it in its process; absent if the rest begins there. */
  readonly of?: Pick<Shard, 'after'>
}

/** The remaining work of a run. Plain data. */
export interface Remaining {
  /** In the order of the run's pairs. */
  readonly pairs: readonly RemainingOfPair[]
  /** Open multipart uploads. */
  readonly uploads: readonly OpenUpload[]
}

/** An unfinished upload, with the parts that the target confirmed. */
export interface OpenUpload {
  readonly started: EventOf<'upload-started'>
  readonly parts: readonly UploadedPart[]
}

/** A shard whose listing has not ended, with the last decided key. */
interface Open {
  readonly after: string | undefined
  upTo: string | undefined
  reached: string | undefined
}

interface PairFold {
  readonly pair: BucketPair
  /** By their start: shards of a pair don't overlap. */
  readonly open: Map<string | undefined, Open>
  /** The number of remaining objects for each key: one, unless versions count. */
  readonly unsettled: Map<string, number>
  readonly backedUp: Set<string>
  told: number
  gone: number
  unordered: boolean
}

/**
 * Computes the remaining work from events: the start of a resume. Changes in place, since there are one or two events for each object;
 * memory is bounded by the objects in flight, parked or on the current pages.
 */
export class RemainingWork {
  private pairs: PairFold[] = []
  private readonly uploads = new Map<
    string,
    { readonly started: EventOf<'upload-started'>; readonly parts: Map<number, string> }
  >()

  /** Continues from the result of an earlier fold. */
  static from({ pairs, uploads }: Remaining): RemainingWork {
    const fold = new RemainingWork()
    fold.pairs = pairs.map(({ pair, shards, unsettled, backedUp, histories = [], failures, unordered }) => ({
      pair,
      open: new Map(
        shards.map(({ after: reached, upTo, of }) => {
          const after = of === undefined ? reached : of.after
          return [after, { after, upTo, reached }]
        }),
      ),
      unsettled: new Map([...unsettled.map((key) => [key, 1] as const), ...histories]),
      backedUp: new Set(backedUp),
      ...failures,
      unordered,
    }))
    for (const { started, parts } of uploads)
      fold.uploads.set(started.uploadId, { started, parts: new Map(parts.map(({ number, etag }) => [number, etag])) })
    return fold
  }

  take(event: SyncEvent): void {
    switch (event.type) {
      case 'run-started':
        this.pairs = event.pairs.map(untouched)
        return
      case 'run-resumed':
        // The rest of each shard becomes a shard of its own.
        for (const pair of this.pairs) resume(pair)
        return
      case 'failures-retaken': {
        const pair = this.of(event.pair)
        pair.gone += event.keys.length
        for (const [index, key] of event.keys.entries()) pair.unsettled.set(key, event.versions?.[index] ?? 1)
        return
      }
      case 'page-decided': {
        const pair = this.of(event.shard.pair)
        pair.unordered ||= event.unordered === true
        const open = pair.open.get(event.shard.after)
        if (open !== undefined && event.upTo !== '') open.reached = event.upTo
        for (const [index, key] of event.keys.entries()) pair.unsettled.set(key, event.versions?.[index] ?? 1)
        return
      }
      case 'version-copied': {
        const { unsettled } = this.of(event.pair)
        const many = unsettled.get(event.key)
        if (many !== undefined) unsettled.set(event.key, many - 1)
        return
      }
      case 'history-read':
        this.of(event.pair).unsettled.set(event.key, event.versions)
        return
      case 'backup-made':
        this.of(event.pair).backedUp.add(event.key)
        return
      case 'history-settled':
      case 'copy-planned':
      case 'object-copied':
      case 'object-skipped':
        settle(this.of(event.pair), event.key)
        return
      case 'object-failed': {
        const pair = this.of(event.pair)
        settle(pair, event.key)
        pair.told++
        return
      }
      case 'upload-started':
        this.uploads.set(event.uploadId, { started: event, parts: new Map() })
        return
      case 'part-uploaded':
        this.uploads.get(event.uploadId)?.parts.set(event.number, event.etag)
        return
      case 'upload-ended':
        this.uploads.delete(event.uploadId)
        return
      case 'shard-split':
        this.split(event.shard, event.other)
        return
      case 'shard-listed':
        this.of(event.shard.pair).open.delete(event.shard.after)
        return
      case 'shard-restarted': {
        const pair = this.of(event.shard.pair)
        Object.assign(pair, { ...untouched(pair.pair), told: pair.told, gone: pair.told, unordered: true })
        return
      }
      case 'bucket-created':
      case 'properties-lost':
      case 'sample-taken':
      case 'skip-told':
      case 'attempt-failed':
      case 'delete-planned':
      case 'object-deleted':
      case 'delete-withdrawn':
      case 'delete-failed':
      case 'deletes-withheld':
      case 'pair-completed':
      case 'shard-failed':
      case 'verification-started':
      case 'page-verified':
      case 'object-proven':
      case 'object-different':
      case 'verification-failed':
      case 'pair-verified':
      case 'pace-changed':
      case 'globs-unmatched':
      case 'etag-trust-changed':
      case 'feature-support-learned':
      case 'server-side-copy-refused':
      case 'ranges-ignored':
      case 'clock-difference-learned':
      case 'notice-given':
      case 'run-stopped':
      case 'run-finished':
        return
    }
  }

  get left(): Remaining {
    const uploads = [...this.uploads.values()].map(({ started, parts }) => ({
      started,
      parts: [...parts].map(([number, etag]) => ({ number, etag })),
    }))
    return { pairs: this.pairs.map(remainingOfPair), uploads }
  }

  private split({ pair, after, upTo }: Shard, other: Shard): void {
    const { open } = this.of(pair)
    const cut = open.get(after)
    if (cut !== undefined) cut.upTo = upTo
    open.set(other.after, { after: other.after, upTo: other.upTo, reached: other.after })
  }

  private of(pair: BucketPair): PairFold {
    const found = this.pairs.find((one) => samePair(one.pair, pair))
    if (found === undefined) throw new Error(`an event of a pair that is none of the run's: ${pair.source.bucket}`)
    return found
  }
}

/** Whether a pair has remaining work. */
export function hasRemaining({ shards, unsettled, failures }: RemainingOfPair): boolean {
  return shards.length > 0 || unsettled.length > 0 || failures.told > failures.gone
}

function untouched(pair: BucketPair): PairFold {
  return {
    pair,
    open: new Map([[undefined, { after: undefined, upTo: undefined, reached: undefined }]]),
    unsettled: new Map(),
    backedUp: new Set(),
    told: 0,
    gone: 0,
    unordered: false,
  }
}

function settle({ unsettled, backedUp }: PairFold, key: string): void {
  unsettled.delete(key)
  backedUp.delete(key)
}

function resume(pair: PairFold): void {
  const shards = [...pair.open.values()]
  pair.open.clear()
  for (const { reached, upTo } of shards.filter(isOpen)) pair.open.set(reached, { after: reached, upTo, reached })
}

function remainingOfPair({ pair, open, unsettled, backedUp, told, gone, unordered }: PairFold): RemainingOfPair {
  const shards = [...open.values()].filter(isOpen).map(({ after, reached, upTo }) => ({
    ...wholePair(pair),
    ...startingAt(reached),
    ...(upTo === undefined ? {} : { upTo }),
    ...(after === reached ? {} : { of: startingAt(after) }),
  }))
  const histories = [...unsettled].filter(([, versions]) => versions !== 1)
  const some = {
    ...(backedUp.size === 0 ? {} : { backedUp: [...backedUp] }),
    ...(histories.length === 0 ? {} : { histories }),
  }
  return { pair, shards, unsettled: [...unsettled.keys()], ...some, failures: { told, gone }, unordered }
}

/** A shard that was decided completely has nothing left, and would have the same start as the next one. */
function isOpen({ reached, upTo }: Open): boolean {
  return upTo === undefined || reached !== upTo
}

function startingAt(after: string | undefined): Pick<Shard, 'after'> {
  return after === undefined ? {} : { after }
}
