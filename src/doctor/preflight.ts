import type { Failure } from '../pipeline/ports/failure.js'
import type { CheckId } from './report.js'
import type { ObjectEntry } from '../pipeline/ports/objects.js'
import { outcomeOf, failureText, type CheckResult, resultOf, no, type Outcome, yes } from './verdict.js'
import { reachableResult, clockResult, isAnswered, unreachableResult } from './reachability.js'
import type { CheckContext, BucketAccess } from './check-context.js'
import { rawPut } from './raw-requests.js'
import { PROGRAM } from '../io/program-name.js'

/** What may be read and written, or why the examination ends here. */
export type PreflightResult = { readonly access: BucketAccess } | { readonly ended: Failure }

export type OnResult = (check: CheckId, judgement: CheckResult) => void

/** Codes that refuse the login, not the request (S3 API reference, "Error responses"). */
const LOGIN = new Set([
  ...['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'ExpiredTokenException', 'InvalidToken'],
  ...['TokenRefreshRequired', 'CredentialsMissing', 'CredentialsFailed', 'SignInNeeded', 'NotSignedUp', 'AccountProblem'],
  ...['InvalidSecurity', 'RequestTimeTooSkewed'],
])
const NO_BUCKET: Failure = {
  kind: 'fatal',
  operation: 'HeadBucket',
  code: 'NoSuchBucket',
  status: 404,
  message: 'no such bucket',
}
const SAMPLE = { key: 'sample', text: '123456789' } as const

/** Tests whether the server answers, whether the login is accepted, and where the checks may write. */
export async function preflight(context: CheckContext, report: OnResult): Promise<PreflightResult> {
  const { bucket, signal } = context
  const listed = await outcomeWithRetries(context, () => context.store.listBuckets({ signal }))
  const outcomes: Outcome<unknown>[] = [listed]
  // A server that does not answer one request does not answer the next.
  const found =
    context.ownBucket || (failureOf(listed)?.status === undefined && 'failure' in listed)
      ? undefined
      : await outcomeWithRetries(context, () => context.store.headBucket({ bucket, signal }))
  if (found !== undefined) outcomes.push(found)
  const noAnswer = outcomes.map(failureOf).find((failure) => failure !== undefined)
  if (noAnswer !== undefined && !outcomes.some(isAnswered)) {
    report('reachable', unreachableResult(noAnswer))
    return { ended: noAnswer }
  }
  report('reachable', reachableResult(context))
  report('clock', clockResult(context.requestLog.latestAnswer))
  report('list-buckets', 'ok' in listed ? yes(`${listed.ok.length} seen`) : resultOf(listed.failure))
  const refusedLogin = outcomes.map(failureOf).find((failure) => failure !== undefined && LOGIN.has(failure.code))
  if (refusedLogin !== undefined && !outcomes.some((one) => 'ok' in one)) {
    report('credentials', no(failureText(refusedLogin)))
    return { ended: refusedLogin }
  }
  if (found !== undefined && 'ok' in found && found.ok === 'missing') {
    report('credentials', yes('accepted'))
    report('scratch', no(failureText(NO_BUCKET), 'Check the spelling; without a bucket one is made for the time being.'))
    return { ended: NO_BUCKET }
  }
  return findAccess(context, outcomes, report)
}

/** Tries to write and list. A login that was denied so far is accepted only if one of these works. */
async function findAccess(
  context: CheckContext,
  outcomes: readonly Outcome<unknown>[],
  report: OnResult,
): Promise<PreflightResult> {
  const { bucket, signal } = context
  const made = context.ownBucket
    ? await outcomeWithRetries(context, () => context.store.createBucket({ bucket, signal }))
    : undefined
  const written =
    made !== undefined && 'failure' in made
      ? made
      : await outcomeWithRetries(context, () => rawPut(context, SAMPLE.key, SAMPLE.text))
  const writing = failureOf(written)
  const prefix = writing === undefined ? context.root : ''
  // A bucket that could not be created cannot be listed either.
  const looked = made !== undefined && 'failure' in made ? made : await outcomeOf(() => entriesIn(context, prefix))
  const all = [...outcomes, written, looked, ...(made === undefined ? [] : [made])]
  if (!all.some((one) => 'ok' in one)) {
    const denied = writing ?? NO_BUCKET
    report('credentials', no(`nothing is allowed: ${failureText(denied)}`, context.ownBucket ? NAME_A_BUCKET : undefined))
    return { ended: denied }
  }
  report('credentials', yes(context.connection.anonymous === true ? 'anonymous: nothing is signed' : 'accepted'))
  report(
    'scratch',
    writing === undefined
      ? yes(context.ownBucket ? 'in a bucket of its own' : `below ${context.root}`)
      : unwritable(context, writing),
  )
  const reading = failureOf(looked)
  const sample = 'ok' in looked ? looked.ok.find(({ size }) => size > 0) : undefined
  const access: BucketAccess = {
    prefix,
    ...(writing && { writeFailure: writing }),
    ...(reading && { readFailure: reading }),
    ...(sample && { sample }),
  }
  return { access }
}

const NAME_A_BUCKET = `This login makes no buckets: name one that it may use, ${PROGRAM} doctor NAME:BUCKET.`

function unwritable(context: CheckContext, writing: Failure): CheckResult {
  return { ...resultOf(writing), ...(context.ownBucket ? { advice: NAME_A_BUCKET } : {}) }
}

async function entriesIn(context: CheckContext, prefix: string): Promise<readonly ObjectEntry[]> {
  return (await context.store.listPage({ bucket: context.bucket, prefix, signal: context.signal })).entries
}

function failureOf(outcome: Outcome<unknown>): Failure | undefined {
  return 'failure' in outcome ? outcome.failure : undefined
}

/** Pauses before a retry, ms: a server that restarts or throttles must not count as one that lacks a feature. */
const PAUSES = [500, 1_500]

/** Retries what the server could not do at the moment (5xx, 429). A request without an answer is not repeated. */
export async function outcomeWithRetries<T>(context: CheckContext, ask: () => Promise<T>): Promise<Outcome<T>> {
  for (const pause of PAUSES) {
    const outcome = await outcomeOf(ask)
    const failure = failureOf(outcome)
    if (failure?.status === undefined || failure.status === 501 || (failure.status < 500 && failure.status !== 429))
      return outcome
    await context.environment.pause(pause, context.signal)
  }
  return outcomeOf(ask)
}
