import * as v from 'valibot'
import { ClockDifference, EtagFacts, event, FeatureSupport, PairSchema } from './values.js'

/** The ETags of a pair were tested, or differ from what was assumed. Applies to all later objects. */
const EtagTrustChanged = event('etag-trust-changed', { pair: PairSchema, ...EtagFacts.entries })

/**
 * The first object that needs a feature showed whether the target bucket supports it (e.g. `storage-class GLACIER_IR`; `checksum with a
 * write`: whether it accepts one).
 */
const FeatureSupportLearned = event('feature-support-learned', {
  /** The target bucket. */
  bucket: v.string(),
  feature: v.string(),
  support: FeatureSupport,
})

/**
 * The endpoint does not copy between buckets (`copies`) or within the target's buckets (`backups`): objects are downloaded and uploaded
 * instead.
 */
const ServerSideCopyRefused = event('server-side-copy-refused', {
  of: v.picklist(['copies', 'backups']),
  /** The error code of the server. */
  code: v.string(),
})

/** The source answers a request for a part of an object with the whole: large objects are copied in one piece. */
const RangesIgnored = event('ranges-ignored', {})

/** How far the target's clock is ahead of the source's (ms, accurate to `withinMs`), if each side has its own clock. */
const ClockDifferenceLearned = event('clock-difference-learned', ClockDifference.entries)

/** Facts that a run learns and applies to all later objects. */
export const LEARNED_EVENTS = [
  EtagTrustChanged,
  FeatureSupportLearned,
  ServerSideCopyRefused,
  RangesIgnored,
  ClockDifferenceLearned,
] as const
