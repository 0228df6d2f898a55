import type { EventOf, LearnedEvent } from '../events/events.js'
import type { ClockDifference, EtagFacts, FeatureSupport } from '../events/values.js'
import { type BucketPair, samePair } from '../ports/bucket-pair.js'

/** What a run has learned about its endpoints: computed from its events, so that a resume has it as well. */
export interface Learned {
  readonly etags: readonly (EtagFacts & { readonly pair: BucketPair })[]
  /** By target bucket, then by the id of a feature. */
  readonly features: Readonly<Record<string, Readonly<Record<string, FeatureSupport>>>>
  /** Target relative to source; absent while unknown or negligible. */
  readonly clocks?: ClockDifference
  /** With the server's error code. */
  readonly serverSideCopyRefused: Readonly<Partial<Record<EventOf<'server-side-copy-refused'>['of'], string>>>
  /** The source returns whole objects only. */
  readonly ignoresRanges?: true
}

export const NOTHING_LEARNED: Learned = { etags: [], features: {}, serverSideCopyRefused: {} }
const ASSUMED: EtagFacts = { etags: 'md5', isTested: false, hasHidden: false }

/** Returns the next state. Pure. */
export function learn(learned: Learned, event: LearnedEvent): Learned {
  switch (event.type) {
    case 'etag-trust-changed': {
      const { pair, etags, isTested, hasHidden } = event
      const others = learned.etags.filter((one) => !samePair(one.pair, pair))
      return { ...learned, etags: [...others, { pair, etags, isTested, hasHidden }] }
    }
    case 'feature-support-learned': {
      const { bucket, feature, support } = event
      return { ...learned, features: { ...learned.features, [bucket]: { ...learned.features[bucket], [feature]: support } } }
    }
    case 'clock-difference-learned': {
      const { aheadMs, withinMs } = event
      return { ...learned, clocks: { aheadMs, withinMs } }
    }
    case 'server-side-copy-refused':
      return { ...learned, serverSideCopyRefused: { ...learned.serverSideCopyRefused, [event.of]: event.code } }
    case 'ranges-ignored':
      return { ...learned, ignoresRanges: true }
  }
}

/** The known facts about a pair's ETags: MD5s until an object shows otherwise. */
export function etagFactsOf({ etags }: Learned, pair: BucketPair): EtagFacts {
  return etags.find((one) => samePair(one.pair, pair)) ?? ASSUMED
}
