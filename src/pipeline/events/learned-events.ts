import * as v from 'valibot'
import { ClockDifference, EtagFacts, event, FeatureSupport, PairSchema } from './values.js'

/** The ETags of a pair turned out to be something else than was assumed, or were tested. Holds for every object that comes after. */
const EtagTrustChanged = event('etag-trust-changed', { pair: PairSchema, ...EtagFacts.entries })

/** A target bucket showed, with the first object that needs it, whether it holds a feature (e.g. `storage-class GLACIER_IR`; `checksum with a write`: whether
 * it takes one). */
const FeatureSupportLearned = event('feature-support-learned', {
  /** Of the target. */
  bucket: v.string(),
  feature: v.string(),
  support: FeatureSupport,
})

/** The endpoint does not copy from bucket to bucket (`copies`) or within the target's (`backups`): objects are downloaded and uploaded. */
const ServerSideCopyRefused = event('server-side-copy-refused', {
  of: v.picklist(['copies', 'backups']),
  /** What the server answered. */
  code: v.string(),
})

/** How far the target's clock is ahead of the source's (ms, true to within `withinMs`), where each side has a clock of its own. */
const ClockDifferenceLearned = event('clock-difference-learned', ClockDifference.entries)

/** By these a run learns what holds for all objects that come after. */
export const LEARNED_EVENTS = [EtagTrustChanged, FeatureSupportLearned, ServerSideCopyRefused, ClockDifferenceLearned] as const
