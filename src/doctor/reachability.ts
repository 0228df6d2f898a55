import type { Failure } from '../pipeline/ports/failure.js'
import { failureText, type CheckResult, no, type Outcome, partly, unknown, yes } from './verdict.js'
import type { AnswerInfo } from './request-log.js'
import type { CheckContext } from './check-context.js'

/** Whether an S3 server answered, with success or refusal. 5xx does not count, except 501. */
export function isAnswered(outcome: Outcome<unknown>): boolean {
  if ('ok' in outcome) return true
  const { status = 0 } = outcome.failure
  return status === 501 || (status > 0 && status < 500)
}

export function unreachableResult(failure: Failure): CheckResult {
  return no(failureText(failure))
}

export function reachableResult({ connection: { endpoint, insecure }, requestLog: { latestAnswer } }: CheckContext): CheckResult {
  const scheme = endpoint?.startsWith('http:') === true ? 'http' : insecure === true ? 'https, any certificate' : 'https'
  const server = latestAnswer?.server === undefined ? '' : `, ${latestAnswer.server}`
  return yes(`${scheme}, ${Math.round(latestAnswer?.durationMs ?? 0)} ms${server}`)
}

/** Servers accept signatures that are up to 15 minutes off (S3 API reference, `RequestTimeTooSkewed`), s. */
const MAX_SKEW = 15 * 60
/** A smaller difference cannot be measured: the header has whole seconds, and the answer takes time, s. */
const MIN_SKEW = 5

/** Whether the clocks agree, by the `Date` of the latest answer. */
export function clockResult(info: AnswerInfo | undefined): CheckResult {
  if (info?.clockSkewMs === undefined) return unknown('the server sends no time')
  const seconds = Math.round(info.clockSkewMs / 1000)
  const off = Math.abs(seconds)
  if (off < MIN_SKEW) return yes('in sync')
  const detail = `the server's is ${off} s ${seconds > 0 ? 'ahead' : 'behind'}`
  return off < MAX_SKEW ? partly(detail) : no(detail)
}
