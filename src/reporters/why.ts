import type { Summary } from '../pipeline/state/summary.js'
import { advise, type Advice, type AdviceContext } from './error-advice.js'

/** What is known of the two endpoints of a run, for advice. */
export type Endpoints = Readonly<Record<'source' | 'target', AdviceContext>>

/** Why the run could not go on, for people; undefined when it could, or when the reason is unknown. */
export function why({ failure, pairs, verifiesOnly }: Summary, endpoints: Endpoints | undefined): Advice | undefined {
  if (failure === undefined) return undefined
  const side = failure.side ?? 'source'
  const place = (pairs.find((state) => state.failure === failure) ?? (pairs.length === 1 ? pairs[0] : undefined))?.pair[side]
  return advise(failure, { ...(place && { bucket: place.bucket }), ...endpoints?.[side], copies: !verifiesOnly })
}
