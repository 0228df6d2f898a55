import type { Tallies, Tally } from '../events/values.js'
import { type Difference, type Proof, PROOFS } from '../events/reasons.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { more, NOTHING } from './totals.js'

/** The comparison of source and target. */
export interface Verified {
  /** The source objects in scope. */
  readonly listed: Tally
  readonly proofs: Readonly<Partial<Record<Proof, number>>>
  readonly different: number
  readonly failed: number
  /** Whether the comparison finished. */
  readonly isComplete: boolean
}

/** An object that differs, by name. */
export interface NamedDifference {
  readonly pair: BucketPair
  readonly key: string
  readonly difference: Difference
}

export const NOT_VERIFIED: Verified = { listed: NOTHING, proofs: {}, different: 0, failed: 0, isComplete: false }

/** Number of objects that were compared or failed to be compared. */
export function compared(verified: Verified | undefined): number {
  if (verified === undefined) return 0
  const { proofs, different, failed } = verified
  return PROOFS.reduce((sum, proof) => sum + (proofs[proof] ?? 0), different + failed)
}

export function addProofs(was: Verified['proofs'], proofs: Tallies<Proof>): Verified['proofs'] {
  const sum = { ...was }
  for (const proof of PROOFS) {
    const { objects } = proofs[proof] ?? NOTHING
    if (objects > 0) sum[proof] = (sum[proof] ?? 0) + objects
  }
  return sum
}

export function addVerified(a: Verified, b: Verified): Verified {
  return {
    listed: more(a.listed, b.listed),
    proofs: Object.fromEntries(
      PROOFS.flatMap((proof) => {
        const objects = (a.proofs[proof] ?? 0) + (b.proofs[proof] ?? 0)
        return objects === 0 ? [] : [[proof, objects]]
      }),
    ),
    different: a.different + b.different,
    failed: a.failed + b.failed,
    isComplete: a.isComplete && b.isComplete,
  }
}
