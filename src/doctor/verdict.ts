import { type Failure, StoreError } from '../pipeline/ports/failure.js'
import type { CheckId, Finding, CheckVerdict } from './report.js'

/** The result of a check, without its name. */
export type CheckResult = Omit<Finding, 'check'>

const resultWith =
  (verdict: CheckVerdict) =>
  (detail: string, advice?: string): CheckResult => ({ verdict, detail, ...(advice === undefined ? {} : { advice }) })

export const yes = resultWith('yes')
export const partly = resultWith('partly')
export const no = resultWith('no')
export const unknown = resultWith('unknown')

/** The result of a check whose request failed: `no` if the server refused it, `unknown` without an answer or if a retry may succeed. */
export function resultOf(failure: Failure): CheckResult {
  if (UNREADABLE.has(failure.code)) return no(`${failure.operation}: the answer is about something else`)
  return isRefusedByServer(failure) ? no(failureText(failure)) : unknown(failureText(failure))
}

/** Codes of answers that cannot be read: most servers ignore a query parameter that they do not know. */
const UNREADABLE = new Set(['ClientError', 'MalformedAnswer', 'MalformedListing'])

/** Whether the server understood the request and refused it. 501 is transient elsewhere, as every 5xx; here it means "not supported". */
export function isRefusedByServer({ kind, status }: Failure): boolean {
  return status === 501 || (status !== undefined && kind !== 'transient' && kind !== 'throttled')
}

/** `PutObject: 403 AccessDenied` */
export function failureText({ operation, status, code }: Failure): string {
  return `${operation}: ${status === undefined || code.startsWith('Http') ? '' : `${status} `}${code}`
}

/** Runs a check. A failed request is a finding too, unless it was cancelled. */
export async function runCheck(check: CheckId, ask: () => Promise<CheckResult>): Promise<Finding> {
  const outcome = await outcomeOf(ask)
  return { check, ...('ok' in outcome ? outcome.ok : resultOf(outcome.failure)) }
}

const CANCELLED = 'Aborted'

export type Outcome<T> = { readonly ok: T } | { readonly failure: Failure }

/** The answer, or why the request failed. A cancelled request throws. */
export async function outcomeOf<T>(ask: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: await ask() }
  } catch (error) {
    if (!(error instanceof StoreError) || error.failure.code === CANCELLED) throw error
    return { failure: error.failure }
  }
}

/** Sends a request that should be refused: returns the refusal, or undefined if it was accepted. Throws any other failure. */
export async function expectRefusal(ask: () => Promise<unknown>): Promise<Failure | undefined> {
  const outcome = await outcomeOf(ask)
  if ('ok' in outcome) return undefined
  if (!isRefusedByServer(outcome.failure) && outcome.failure.status !== 400) throw new StoreError(outcome.failure)
  return outcome.failure
}
