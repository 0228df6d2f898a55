import type { Summary } from '../pipeline/state/summary.js'
import { advise, type Advice, type AdviceContext } from './error-advice.js'

/** The two endpoints of a run, for advice. */
export type EndpointContexts = Readonly<Record<'source' | 'target', AdviceContext>>

/** Why the run could not continue and what to do; undefined if it could, or if the reason is unknown. */
export function failureAdvice(
  { failure, pairs, verifiesOnly }: Summary,
  endpoints: EndpointContexts | undefined,
): Advice | undefined {
  if (failure === undefined) return undefined
  const side = failure.side ?? 'source'
  const place = (pairs.find((state) => state.failure === failure) ?? (pairs.length === 1 ? pairs[0] : undefined))?.pair[side]
  return advise(failure, { ...(place && { bucket: place.bucket }), ...endpoints?.[side], copies: !verifiesOnly })
}
