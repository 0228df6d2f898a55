import * as v from 'valibot'
import { SKIP_REASONS } from './reasons.js'
import { event, FailureSchema, PairSchema, ShardSchema, SideSchema, talliesOf, Tally } from './values.js'

const BucketCreated = event('bucket-created', { pair: PairSchema })

/** Decided about one page of the join. Skips are counted here and nowhere else. */
const PageDecided = event('page-decided', {
  shard: ShardSchema,
  /** The watermark: the last key of the page, whichever side has it, as the source would name it. */
  upTo: v.string(),
  /** The listing has no order: `upTo` says nothing. */
  unordered: v.exactOptional(v.boolean()),
  /** What the source listed on it. */
  listed: Tally,
  skipped: talliesOf(SKIP_REASONS),
  /** What the run is not about (`--include` and the like); absent where there was none. */
  filtered: v.exactOptional(Tally),
  /** With `--delete`: objects that the target lists up to here, and those missing at the source, to be deleted at the end. */
  there: v.exactOptional(Tally),
  extra: v.exactOptional(Tally),
  /** Objects of the page that go on to be copied (or compared by checksum first). */
  toCopy: Tally,
  /** Their keys: unsettled until an event of their own settles them. */
  keys: v.array(v.string()),
  /** With `--versions`, where each version counts as an object: of each of these keys, how many versions go on. */
  versions: v.exactOptional(v.array(v.number())),
})

/** The side's listing does not ascend: what was listed so far counts no more, the pair is compared over sorted listings from its start. */
const ShardRestarted = event('shard-restarted', { shard: ShardSchema, side: SideSchema })

/** What was left of `shard` is listed as two from now on, which end and begin at the same key. */
const ShardSplit = event('shard-split', { shard: ShardSchema, other: ShardSchema })

/** Its listings have ended; objects of it may still be in flight. */
const ShardListed = event('shard-listed', { shard: ShardSchema })

/** A listing failed, after retries: the content of the shard, which begins where the listing stopped, is unknown; nothing may be deleted. */
const ShardFailed = event('shard-failed', { shard: ShardSchema, failure: FailureSchema })

/** All of its shards were listed to their end, and every object is settled. */
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
