import * as v from 'valibot'
import { DIFFERENCES, PROOFS } from './reasons.js'
import { event, FailureSchema, object, PairSchema, ShardSchema, talliesOf, Tally } from './values.js'

/** The comparison of a pair begins; earlier results of it no longer count. */
const VerificationStarted = event('verification-started', { pair: PairSchema })

/** What the listings alone prove, one page of the join at a time. */
const PageVerified = event('page-verified', {
  shard: ShardSchema,
  upTo: v.string(),
  /** What the source listed on it and was meant. */
  listed: Tally,
  proofs: talliesOf(PROOFS),
})

/** The same on both sides, as far as `proof` goes. */
const ObjectProven = event('object-proven', { ...object, proof: v.picklist(PROOFS) })

/** Of an object that only the target has, key and size are the target's. */
const ObjectDifferent = event('object-different', { ...object, difference: v.picklist(DIFFERENCES) })

/** It could not be compared. */
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
