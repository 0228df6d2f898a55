import * as v from 'valibot'
import { SKIP_REASONS } from './reasons.js'
import { event, FailureSchema, PairSchema, ShardSchema, SideSchema, talliesOf, Tally } from './values.js'

const BucketCreated = event('bucket-created', { pair: PairSchema })

/** The decisions about one page of the join. Skipped objects are counted only here. */
const PageDecided = event('page-decided', {
  shard: ShardSchema,
  /** The watermark: the last key of the page from either side, as a source key. */
  upTo: v.string(),
  /** The listing is not ordered: `upTo` has no meaning. */
  unordered: v.exactOptional(v.boolean()),
  /** What the source listed on this page. */
  listed: Tally,
  skipped: talliesOf(SKIP_REASONS),
  /** Objects excluded by filters (`--include` etc.); absent if there are none. */
  filtered: v.exactOptional(Tally),
  /**
   * With `--delete`: the number of objects that the target lists up to here, and of those missing at the source, which are deleted at the
   * end.
   */
  there: v.exactOptional(Tally),
  extra: v.exactOptional(Tally),
  /** Objects of the page to be copied, or first compared by checksum. */
  toCopy: Tally,
  /** Their keys. Each remains unsettled until an event of its own settles it. */
  keys: v.array(v.string()),
  /** With `--versions`, where each version counts as an object: the number of versions to process for each of these keys. */
  versions: v.exactOptional(v.array(v.number())),
})

/**
 * The listing of this side is not in ascending order: earlier results are discarded, and the pair is compared again from the start with
 * sorted listings.
 */
const ShardRestarted = event('shard-restarted', { shard: ShardSchema, side: SideSchema })

/** The rest of `shard` is now listed as two shards; the first ends at the key where the second begins. */
const ShardSplit = event('shard-split', { shard: ShardSchema, other: ShardSchema })

/** Its listings have ended; objects of it may still be in flight. */
const ShardListed = event('shard-listed', { shard: ShardSchema })

/** A listing failed after retries. The shard begins where the listing stopped; its content is unknown, so nothing may be deleted. */
const ShardFailed = event('shard-failed', { shard: ShardSchema, failure: FailureSchema })

/** All shards of the pair were listed completely, and every object is settled. */
const PairCompleted = event('pair-completed', { pair: PairSchema })

export const LISTING_EVENTS = [
  BucketCreated,
  PageDecided,
  ShardRestarted,
  ShardSplit,
  ShardListed,
  ShardFailed,
  PairCompleted,
] as const
