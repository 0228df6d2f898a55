import type { Failure } from '../pipeline/ports/failure.js'
import type { CheckId } from './report.js'
import type { ObjectEntry } from '../pipeline/ports/objects.js'
import { attempt, inShort, type Judgement, judged, no, type Outcome, yes } from './verdict.js'
import { answers, clock, isAnswer, unreachable } from './reachability.js'
import type { Patient, Place } from './subject.js'
import { put } from './raw-requests.js'

/** Where checks can be made, or why there is no going on. */
export type Arrival = { readonly place: Place } | { readonly ended: Failure }

export type Tell = (check: CheckId, judgement: Judgement) => void

/** Codes that are about who asks, and not about what was asked (S3 API reference, "Error responses"). */
const LOGIN = new Set([
  ...['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'ExpiredTokenException', 'InvalidToken'],
  ...['TokenRefreshRequired', 'CredentialsMissing', 'NotSignedUp', 'AccountProblem', 'InvalidSecurity', 'RequestTimeTooSkewed'],
])
const NO_BUCKET: Failure = {
  kind: 'fatal',
  operation: 'HeadBucket',
  code: 'NoSuchBucket',
  status: 404,
  message: 'no such bucket',
}
const SAMPLE = { key: 'sample', text: '123456789' } as const

/** Asks whether anyone is there, who we are to them, and for a place to work in. */
export async function arrive(p: Patient, tell: Tell): Promise<Arrival> {
  const { bucket, signal } = p
  const listed = await patiently(p, () => p.store.listBuckets({ signal }))
  const knocked: Outcome<unknown>[] = [listed]
  // Where nothing answers one request, nothing answers another.
  const found =
    p.ownBucket || (failureIn(listed)?.status === undefined && 'failure' in listed)
      ? undefined
      : await patiently(p, () => p.store.headBucket({ bucket, signal }))
  if (found !== undefined) knocked.push(found)
  const silence = knocked.map(failureIn).find((failure) => failure !== undefined)
  if (silence !== undefined && !knocked.some(isAnswer)) {
    tell('reachable', unreachable(silence))
    return { ended: silence }
  }
  tell('reachable', answers(p))
  tell('clock', clock(p.ledger.greeting))
  tell('list-buckets', 'ok' in listed ? yes(`${listed.ok.length} seen`) : judged(listed.failure))
  const refusedLogin = knocked.map(failureIn).find((failure) => failure !== undefined && LOGIN.has(failure.code))
  if (refusedLogin !== undefined && !knocked.some((one) => 'ok' in one)) {
    tell('credentials', no(inShort(refusedLogin)))
    return { ended: refusedLogin }
  }
  if (found !== undefined && 'ok' in found && found.ok === 'missing') {
    tell('credentials', yes('accepted'))
    tell('scratch', no(inShort(NO_BUCKET), 'Check the spelling; without a bucket one is made for the time being.'))
    return { ended: NO_BUCKET }
  }
  return settle(p, knocked, tell)
}

/** Only when a place was asked for does it show whether a login that was denied so far is any good. */
async function settle(p: Patient, knocked: readonly Outcome<unknown>[], tell: Tell): Promise<Arrival> {
  const { bucket, signal } = p
  const made = p.ownBucket ? await patiently(p, () => p.store.createBucket({ bucket, signal })) : undefined
  const written = made !== undefined && 'failure' in made ? made : await patiently(p, () => put(p, SAMPLE.key, SAMPLE.text))
  const writing = failureIn(written)
  const prefix = writing === undefined ? p.root : ''
  // A bucket that could not be made can't be looked into either.
  const looked = made !== undefined && 'failure' in made ? made : await attempt(() => entriesIn(p, prefix))
  const all = [...knocked, written, looked, ...(made === undefined ? [] : [made])]
  if (!all.some((one) => 'ok' in one)) {
    const denied = writing ?? NO_BUCKET
    tell('credentials', no(`nothing is allowed: ${inShort(denied)}`, p.ownBucket ? NAME_ONE : undefined))
    return { ended: denied }
  }
  tell('credentials', yes(p.connection.anonymous === true ? 'anonymous: nothing is signed' : 'accepted'))
  tell(
    'scratch',
    writing === undefined ? yes(p.ownBucket ? 'in a bucket of its own' : `below ${p.root}`) : unwritable(p, writing),
  )
  const reading = failureIn(looked)
  const sample = 'ok' in looked ? looked.ok.find(({ size }) => size > 0) : undefined
  const place = { prefix, ...(writing && { writing }), ...(reading && { reading }), ...(sample && { sample }) }
  return { place }
}

const NAME_ONE = 'This login makes no buckets: name one that it may use, s3-sync doctor NAME:BUCKET.'

function unwritable(p: Patient, writing: Failure): Judgement {
  return { ...judged(writing), ...(p.ownBucket ? { advice: NAME_ONE } : {}) }
}

async function entriesIn(p: Patient, prefix: string): Promise<readonly ObjectEntry[]> {
  return (await p.store.listPage({ bucket: p.bucket, prefix, signal: p.signal })).entries
}

function failureIn(outcome: Outcome<unknown>): Failure | undefined {
  return 'failure' in outcome ? outcome.failure : undefined
}

/** Pauses before asking again, ms: a server that restarts, or asks for less, should not pass for one that can't. */
const PAUSES = [500, 1_500]

/** Asks again where the server says that it can't at the moment. A silent one is not waited for twice. */
export async function patiently<T>(p: Patient, ask: () => Promise<T>): Promise<Outcome<T>> {
  for (const pause of PAUSES) {
    const outcome = await attempt(ask)
    const failure = failureIn(outcome)
    if (failure?.status === undefined || failure.status === 501 || (failure.status < 500 && failure.status !== 429))
      return outcome
    await p.world.pause(pause, p.signal)
  }
  return attempt(ask)
}
