import { type Failure, StoreError } from '../pipeline/ports/failure.js'
import type { CheckId, Finding, Verdict } from './report.js'

/** The result of a check, without its name. */
export type Judgement = Omit<Finding, 'check'>

const judgement =
  (verdict: Verdict) =>
  (detail: string, advice?: string): Judgement => ({ verdict, detail, ...(advice === undefined ? {} : { advice }) })

export const yes = judgement('yes')
export const partly = judgement('partly')
export const no = judgement('no')
export const unknown = judgement('unknown')

/** What a refusal says about what was asked. An answer that never came, or that another attempt may change, says nothing. */
export function judged(failure: Failure): Judgement {
  if (UNREADABLE.has(failure.code)) return no(`${failure.operation}: the answer is about something else`)
  return isRefusal(failure) ? no(inShort(failure)) : unknown(inShort(failure))
}

/** The codes of answers that came and can't be read: most servers that don't know a query pass it over. */
const UNREADABLE = new Set(['ClientError', 'MalformedAnswer', 'MalformedListing'])

/** Whether the server understood and said no. 501 counts as passing elsewhere, as all of its hundred; here it is the answer. */
export function isRefusal({ kind, status }: Failure): boolean {
  return status === 501 || (status !== undefined && kind !== 'transient' && kind !== 'throttled')
}

/** `PutObject: 403 AccessDenied` */
export function inShort({ operation, status, code }: Failure): string {
  return `${operation}: ${status === undefined || code.startsWith('Http') ? '' : `${status} `}${code}`
}

/** Asks; a store's error is a judgement as well, unless it was called off. */
export async function judge(check: CheckId, ask: () => Promise<Judgement>): Promise<Finding> {
  const outcome = await attempt(ask)
  return { check, ...('ok' in outcome ? outcome.ok : judged(outcome.failure)) }
}

const CALLED_OFF = 'Aborted'

export type Outcome<T> = { readonly ok: T } | { readonly failure: Failure }

/** An answer, or why there is none; being called off is neither. */
export async function attempt<T>(ask: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: await ask() }
  } catch (error) {
    if (!(error instanceof StoreError) || error.failure.code === CALLED_OFF) throw error
    return { failure: error.failure }
  }
}

/** Whether a request is refused, as it should be; the failure then tells how. */
export async function refusal(ask: () => Promise<unknown>): Promise<Failure | undefined> {
  const outcome = await attempt(ask)
  if ('ok' in outcome) return undefined
  if (!isRefusal(outcome.failure) && outcome.failure.status !== 400) throw new StoreError(outcome.failure)
  return outcome.failure
}
