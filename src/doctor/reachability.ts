import type { Failure } from '../pipeline/ports/failure.js'
import { inShort, type Judgement, no, type Outcome, partly, unknown, yes } from './verdict.js'
import type { Greeting } from './created-resources.js'
import type { Patient } from './subject.js'

/** Whether an S3 server answered, whatever it said. One that says nothing but 5xx is as good as not there. */
export function isAnswer(outcome: Outcome<unknown>): boolean {
  if ('ok' in outcome) return true
  const { status = 0 } = outcome.failure
  return status === 501 || (status > 0 && status < 500)
}

export function unreachable(failure: Failure): Judgement {
  return no(inShort(failure))
}

export function answers({ connection: { endpoint, insecure }, ledger: { greeting } }: Patient): Judgement {
  const secured = endpoint?.startsWith('http:') === true ? 'http' : insecure === true ? 'https, any certificate' : 'https'
  const server = greeting?.server === undefined ? '' : `, ${greeting.server}`
  return yes(`${secured}, ${Math.round(greeting?.tookMs ?? 0)} ms${server}`)
}

/** Servers take signatures that are 15 minutes off (S3 API reference, `RequestTimeTooSkewed`), s. */
const TAKEN = 15 * 60
/** Half a second is lost in the header, and some in transit, s. */
const NOTICED = 5

/** By what the latest answer told. */
export function clock(greeting: Greeting | undefined): Judgement {
  if (greeting?.skewMs === undefined) return unknown('the server sends no time')
  const seconds = Math.round(greeting.skewMs / 1000)
  const off = Math.abs(seconds)
  if (off < NOTICED) return yes('in sync')
  const told = `the server's is ${off} s ${seconds > 0 ? 'ahead' : 'behind'}`
  return off < TAKEN ? partly(told) : no(told)
}
