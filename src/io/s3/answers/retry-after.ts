import { type AnswerHeaders, headerOf } from './answer.js'

/** A longer wait is not obeyed, ms: an object would seem to hang. */
const LONGEST = 5 * 60_000

/**
 * How long an answer asks to wait before the next attempt (RFC 9110, 10.2.3: seconds, or a date, which counts from the answer's own), ms;
 * undefined if it does not.
 */
export function retryAfterMs(headers: AnswerHeaders): number | undefined {
  const text = headerOf(headers, 'retry-after')?.trim()
  if (text === undefined) return undefined
  const told = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.parse(headerOf(headers, 'date') ?? '')
  return told > 0 ? Math.min(told, LONGEST) : undefined
}
