import type { Etags, EtagTrustChanged, FeatureSupport, FeatureSupportLearned, ServerSideCopyRefused } from '../events/events.js'
import { type BucketPair, samePair } from '../ports/bucket-pair.js'

/** The events by which a run learns what holds for all objects that come after. */
export type LearnedEvent = EtagTrustChanged | FeatureSupportLearned | ServerSideCopyRefused

/** What the ETags of a pair are, as far as objects have shown. */
export interface EtagFacts {
  readonly etags: Etags
  /** Two that differ were looked into. */
  readonly isTested: boolean
  /** An object was met whose ETag is no MD5, because of its encryption. */
  readonly hasHidden: boolean
}

/** What a run has learned about its endpoints: a fold of its events, so that a resume knows it as well. */
export interface Learned {
  readonly etags: readonly (EtagFacts & { readonly pair: BucketPair })[]
  /** By target bucket, then by the id of a feature. */
  readonly features: Readonly<Record<string, Readonly<Record<string, FeatureSupport>>>>
  /** With the server's code for it. */
  readonly serverSideCopyRefused: Readonly<Partial<Record<ServerSideCopyRefused['of'], string>>>
}

export const NOTHING_LEARNED: Learned = { etags: [], features: {}, serverSideCopyRefused: {} }
const ASSUMED: EtagFacts = { etags: 'md5', isTested: false, hasHidden: false }

/** The next state. Pure. */
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
    case 'server-side-copy-refused':
      return { ...learned, serverSideCopyRefused: { ...learned.serverSideCopyRefused, [event.of]: event.code } }
  }
}

/** What is known of a pair's ETags: MD5s until an object shows otherwise. */
export function etagFactsOf({ etags }: Learned, pair: BucketPair): EtagFacts {
  return etags.find((one) => samePair(one.pair, pair)) ?? ASSUMED
}
