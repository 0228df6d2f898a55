import * as v from 'valibot'
import { DIFFERENCES, PROOFS } from './reasons.js'
import { event, FailureSchema, object, PairSchema, ShardSchema, talliesOf, Tally } from './values.js'

/** The comparison of a pair starts; its earlier results no longer count. */
const VerificationStarted = event('verification-started', { pair: PairSchema })

/** What the listings alone prove, for one page of the join. */
const PageVerified = event('page-verified', {
  shard: ShardSchema,
  upTo: v.string(),
  /** The objects in scope that the source listed on this page. */
  listed: Tally,
  proofs: talliesOf(PROOFS),
})

/** Equal at source and target, as far as `proof` shows. */
const ObjectProven = event('object-proven', { ...object, proof: v.picklist(PROOFS) })

/** For an object that exists only at the target, key and size are the target's. */
const ObjectDifferent = event('object-different', { ...object, difference: v.picklist(DIFFERENCES) })

/** The object could not be compared. */
const VerificationFailed = event('verification-failed', { ...object, attempts: v.number(), failure: FailureSchema })

/** Source and target were compared completely. */
const PairVerified = event('pair-verified', { pair: PairSchema })

export const VERIFY_EVENTS = [
  VerificationStarted,
  PageVerified,
  ObjectProven,
  ObjectDifferent,
  VerificationFailed,
  PairVerified,
] as const
