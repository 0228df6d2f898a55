import { type Failure, StoreError } from '../pipeline/ports/failure.js'
import { CHECKS, type DoctorReport, type Finding, type Leftover } from './report.js'
import { ADVICE } from './advice.js'
import { preflight, outcomeWithRetries } from './preflight.js'
import { type Step, STEPS } from './checks.js'
import { cleanUp } from './clean-up.js'
import { outcomeOf, failureText, resultOf, unknown } from './verdict.js'
import { isAnswered } from './reachability.js'
import { ORDERED_KEYS } from './listing-checks.js'
import type { CheckContext, BucketAccess } from './check-context.js'
import { rawPut } from './raw-requests.js'

/** How long the clean-up may take, ms. */
const CLEANING = 60_000
/** How long requests in flight may take to finish after the examination was cancelled, ms. */
const GRACE = 3_000
/** After so many failed requests in a row, the doctor tests whether the server still answers. */
const TOO_MANY_FAILURES = 3

type OnFinding = (finding: Finding) => void

/**
 * Runs all `CHECKS` and removes what they created, also when `interrupted` cancels it. `onFinding` gets each finding at once, with its advice.
 * A check that cannot be made is a finding too. Throws only on an internal error, after the clean-up.
 */
export async function examine(context: CheckContext, interrupted: AbortSignal, onFinding: OnFinding): Promise<DoctorReport> {
  const findings: Finding[] = []
  const report: OnFinding = (finding) => {
    const standard = finding.verdict === 'no' || finding.verdict === 'partly' ? ADVICE[finding.check] : undefined
    const complete = { ...(standard !== undefined && { advice: standard }), ...finding }
    findings.push(complete)
    onFinding(complete)
  }
  /** They are in the report only: forty lines with one reason would hide it. */
  const addRest = (detail: string): void => {
    for (const check of CHECKS)
      if (!findings.some((finding) => finding.check === check)) findings.push({ check, ...unknown(detail) })
  }
  const onInterrupt = (): void => void setTimeout(() => context.cancel(), GRACE).unref()
  interrupted.addEventListener('abort', onInterrupt)
  context.requestLog.stopSending = { signal: context.signal, since: interrupted }
  let ended: Failure | undefined
  let leftovers: readonly Leftover[] = []
  try {
    ended = await runSteps(context, report)
  } catch (error) {
    if (!interrupted.aborted || !(error instanceof StoreError)) throw error
  } finally {
    await requestsFinished(context)
    if (hasCreatedAnything(context)) leftovers = await cleanUp(context, AbortSignal.timeout(CLEANING))
  }
  addRest(interrupted.aborted ? 'interrupted' : ended === undefined ? 'not asked' : failureText(ended))
  const bucket = context.ownBucket && !context.requestLog.bucketCreated ? null : context.bucket
  return { findings, bucket, leftovers, ...(ended !== undefined && { ended }) }
}

/** Returns why the examination had to stop; undefined when every step was run. */
async function runSteps(context: CheckContext, report: OnFinding): Promise<Failure | undefined> {
  const begun = await preflight(context, (check, result) => report({ check, ...result }))
  if ('ended' in begun) return begun.ended
  const { access } = begun
  // The check of the listing's order reports keys that the server refuses here.
  if (access.writeFailure === undefined) for (const key of ORDERED_KEYS) await outcomeOf(() => rawPut(context, key, key))
  for (const step of STEPS) {
    for (const finding of await runStep(step, context, access)) report(finding)
    if (context.requestLog.failedInARow < TOO_MANY_FAILURES) continue
    const answered = await outcomeWithRetries(context, () =>
      context.store.headBucket({ bucket: context.bucket, signal: context.signal }),
    )
    if ('failure' in answered && !isAnswered(answered)) return answered.failure
  }
  return undefined
}

/** The findings of a step in the order of its checks; if the step cannot be run, why. */
async function runStep(step: Step, context: CheckContext, access: BucketAccess): Promise<readonly Finding[]> {
  const { writeFailure, readFailure } = access
  if (readFailure !== undefined)
    return step.checks.map((check) => ({ check, ...unknown(`no bucket to look into (${failureText(readFailure)})`) }))
  if (step.isWriting && writeFailure !== undefined) return step.checks.map((check) => ({ check, ...resultOf(writeFailure) }))
  const findings = await step.run(context, access)
  const failed = findings.find(({ verdict }) => verdict !== 'yes')
  return step.checks.map(
    (check) =>
      findings.find((finding) => finding.check === check) ?? {
        check,
        ...unknown(`not asked: ${failed?.check ?? 'nothing'} failed`),
      },
  )
}

/** Waits until no request is in flight: only then is it known what to remove. */
async function requestsFinished({ requestLog, environment }: CheckContext): Promise<void> {
  const timeout = AbortSignal.timeout(2 * GRACE)
  while (requestLog.inFlight > 0 && !timeout.aborted) await environment.pause(10, timeout)
}

function hasCreatedAnything({ ownBucket, requestLog }: CheckContext): boolean {
  return ownBucket ? requestLog.bucketCreated : requestLog.writtenKeys.size > 0 || requestLog.openUploads.size > 0
}
