import { type Failure, StoreError } from '../pipeline/ports/failure.js'
import { CHECKS, type Examination, type Finding, type Remnant } from './report.js'
import { ADVICE } from './advice.js'
import { arrive, patiently } from './preflight.js'
import { type Step, STEPS } from './checks.js'
import { cleanUp } from './clean-up.js'
import { attempt, inShort, judged, unknown } from './verdict.js'
import { isAnswer } from './reachability.js'
import { IN_ORDER } from './listing-checks.js'
import type { Patient, Place } from './subject.js'
import { put } from './raw-requests.js'

/** How long cleaning up may take, ms. */
const CLEANING = 60_000
/** How long requests in flight may take to finish after the examination was cancelled, ms. */
const GRACE = 3_000
/** So many requests in a row without a proper answer are a reason to knock again. */
const SUSPICIOUS = 3

type Told = (finding: Finding) => void

/**
 * Looks at all that `CHECKS` name and removes what it made, also when it is called off by `interrupted`. `onFinding` hears each finding at
 * once, with its advice. What can't be asked is a finding: it fails only where it is wrong itself, and then has cleaned up too.
 */
export async function examine(p: Patient, interrupted: AbortSignal, onFinding: Told): Promise<Examination> {
  const findings: Finding[] = []
  const tell: Told = (finding) => {
    const usual = finding.verdict === 'no' || finding.verdict === 'partly' ? ADVICE[finding.check] : undefined
    const whole = { ...(usual !== undefined && { advice: usual }), ...finding }
    findings.push(whole)
    onFinding(whole)
  }
  const restTells = (detail: string): void => {
    for (const check of CHECKS) if (!findings.some((finding) => finding.check === check)) tell({ check, ...unknown(detail) })
  }
  const onInterrupt = (): void => void setTimeout(() => p.callOff(), GRACE).unref()
  interrupted.addEventListener('abort', onInterrupt)
  p.ledger.heldBack = { signal: p.signal, since: interrupted }
  let ended: Failure | undefined
  let left: readonly Remnant[] = []
  try {
    ended = await takeSteps(p, tell)
  } catch (error) {
    if (!interrupted.aborted || !(error instanceof StoreError)) throw error
  } finally {
    await settled(p)
    if (madeAnything(p)) left = await cleanUp(p, AbortSignal.timeout(CLEANING))
  }
  restTells(interrupted.aborted ? 'interrupted' : ended === undefined ? 'not asked' : inShort(ended))
  const bucket = p.ownBucket && !p.ledger.bucketMade ? null : p.bucket
  return { findings, bucket, left, ...(ended !== undefined && { ended }) }
}

/** Answers why it could not go on, if it could not. */
async function takeSteps(p: Patient, tell: Told): Promise<Failure | undefined> {
  const arrival = await arrive(p, (check, judgement) => tell({ check, ...judgement }))
  if ('ended' in arrival) return arrival.ended
  const { place } = arrival
  // What a server does not take is missed when its listings are looked at.
  if (place.writing === undefined) for (const key of IN_ORDER) await attempt(() => put(p, key, key))
  for (const step of STEPS) {
    for (const finding of await take(step, p, place)) tell(finding)
    if (p.ledger.unanswered < SUSPICIOUS) continue
    const knocked = await patiently(p, () => p.store.headBucket({ bucket: p.bucket, signal: p.signal }))
    if ('failure' in knocked && !isAnswer(knocked)) return knocked.failure
  }
  return undefined
}

/** The findings of a step, in their order; of one that can't be taken, why not. */
async function take(step: Step, p: Patient, place: Place): Promise<readonly Finding[]> {
  const { writing, reading } = place
  if (reading !== undefined)
    return step.checks.map((check) => ({ check, ...unknown(`no bucket to look into (${inShort(reading)})`) }))
  if (step.writes && writing !== undefined) return step.checks.map((check) => ({ check, ...judged(writing) }))
  const told = await step.take(p, place)
  const failed = told.find(({ verdict }) => verdict !== 'yes')
  return step.checks.map(
    (check) =>
      told.find((finding) => finding.check === check) ?? { check, ...unknown(`not asked: ${failed?.check ?? 'nothing'} failed`) },
  )
}

/** Until no request is in flight: only then is it known what to remove. */
async function settled({ ledger, world }: Patient): Promise<void> {
  const patience = AbortSignal.timeout(2 * GRACE)
  while (ledger.pending > 0 && !patience.aborted) await world.pause(10, patience)
}

function madeAnything({ ownBucket, ledger }: Patient): boolean {
  return ownBucket ? ledger.bucketMade : ledger.keys.size > 0 || ledger.uploads.size > 0
}
