import type { Header } from '../../io/journal/header.js'
import type { Told } from '../../io/journal/journal-reader.js'
import { type RunPlace, runPlace } from '../../io/journal/run-directory.js'
import { fileCandidates } from '../../io/spill/delete-candidates.js'
import { resolveUserPath, statePaths, type StatePaths } from '../../io/files/paths.js'
import { RateBook } from '../../io/files/measured-rates.js'
import { runId } from '../../io/files/run-id.js'
import { fileSorter, removeStaleSpools, spoolIn } from '../../io/spill/external-sort.js'
import { EVENT_SCHEMA } from '../../pipeline/events/reasons.js'
import type { Notice } from '../../pipeline/run/run-context.js'
import type { Summary } from '../../pipeline/state/summary.js'
import type { Observable } from 'rxjs'
import { customerKeyOf } from './sse-c-keys.js'
import { endpointsOf } from './open-endpoints.js'
import { runJob, type RunJob } from './run-job.js'
import { beginRun, continueRun, type JournaledRun } from './run-journal.js'
import { lockPairs, lockRun } from './run-locks.js'
import type { Outputs } from './open-reporters.js'
import { type PlanInput, buildPlan } from './build-plan.js'
import { ResultNotWritten } from './result-not-written.js'
import type { ExitCode, ProcessContext } from './process-context.js'

/** Everything that a run needs to start; no more questions are asked. */
export interface RunSetup extends PlanInput {
  /** The command line that repeats the run. */
  readonly arguments: readonly string[]
  /** The keys of `--files-from`; absent: every key that is listed. */
  readonly named?: AsyncIterable<readonly string[]>
  readonly outputs: Outputs
  readonly notices: Observable<Notice>
  /** The run to resume. The caller holds its lock. */
  readonly resumes?: { readonly place: RunPlace; readonly header: Header; readonly journal: Told }
}

/** Runs a sync under the locks of its pairs. */
export async function startRun(setup: RunSetup, proc: ProcessContext): Promise<ExitCode> {
  const { sides, pairs, named, options, outputs, notices, resumes } = setup
  const paths = statePaths(proc.env, proc.home)
  const run = resumes?.journal.started.run ?? runId(Date.now(), Math.random)
  const writes = !options.dryRun && !options.verifiesOnly
  const release = !writes ? undefined : lockPairs(paths.locks, run, pairs, sides.source, sides.target)
  try {
    await removeStaleSpools(paths.temp)
    const plan = buildPlan(setup, run, resumes?.journal.started.at ?? Date.now())
    const stores = { source: sides.source.store, target: sides.target.store }
    const job = { plan, stores, sorter: fileSorter(paths.temp), notices, ...(named && { named }) }
    const summary = writes ? await runJournaled(job, setup, paths, proc) : await runUnjournaled(job, outputs, paths, proc)
    if (writes && summary.status === 'completed' && resumes === undefined)
      noteRate(new RateBook(paths.rates), rateKey(sides), summary)
    if (outputs.failed !== undefined) throw new ResultNotWritten(outputs.failed, summary)
    return summary.exitCode
  } finally {
    release?.()
  }
}

type UnjournaledJob = Omit<RunJob, 'candidates' | 'journaled'>

async function runUnjournaled(
  job: UnjournaledJob,
  outputs: Outputs,
  { temp }: StatePaths,
  proc: ProcessContext,
): Promise<Summary> {
  const candidates = fileCandidates(spoolIn(temp))
  try {
    return await runJob({ ...job, candidates }, outputs, proc)
  } finally {
    await candidates.remove()
  }
}

/** Runs with a journal, so that the run can be resumed. */
async function runJournaled(job: UnjournaledJob, setup: RunSetup, { runs }: StatePaths, proc: ProcessContext): Promise<Summary> {
  const { run } = job.plan
  const unlock = setup.resumes === undefined ? lockRun(runPlace(runs, run)) : undefined
  let journaled: JournaledRun | undefined
  try {
    journaled = await openJournal(job, setup, runs, proc)
    const summary = await runJob({ ...job, candidates: journaled.candidates, journaled }, setup.outputs, proc)
    if (summary.status === 'completed') await journaled.candidates.remove()
    return summary
  } finally {
    await journaled?.candidates.close()
    journaled?.journal.close()
    unlock?.()
  }
}

function openJournal(job: UnjournaledJob, setup: RunSetup, runs: string, proc: ProcessContext): Promise<JournaledRun> {
  const { resumes, sides } = setup
  if (resumes !== undefined) return continueRun(resumes.place, resumes.header, resumes.journal, job.sorter)
  const fingerprintOf = (side: 'source' | 'target') => customerKeyOf(side, setup.options, proc)?.fingerprint
  const [source, target] = [fingerprintOf('source'), fingerprintOf('target')]
  const header: Header = {
    ...{ type: 'journal', schema: EVENT_SCHEMA, tool: 's3-sync', version: proc.version, run: job.plan.run },
    arguments: [...setup.arguments],
    directory: resolveUserPath('.', proc.env, proc.cwd),
    endpoints: endpointsOf(sides),
    ...(source || target ? { customerKeys: { ...(source && { source }), ...(target && { target }) } } : {}),
  }
  return Promise.resolve(beginRun(runs, header, job.plan.pairs))
}

/** The key of a measured rate: the two endpoints. */
export function rateKey({ source, target }: PlanInput['sides']): string {
  return `${source.store.endpoint} → ${target.store.endpoint}`
}

/** The rate of a shorter run is mostly the time of its start, ms. */
const MIN_RUN = 1_000

function noteRate(rates: RateBook, endpoints: string, { startedAt, finishedAt, totals }: Summary): void {
  const seconds = (finishedAt - startedAt) / 1_000
  if (totals.copied === 0 || finishedAt - startedAt < MIN_RUN) return
  rates.note(endpoints, { objectsPerSecond: totals.copied / seconds, bytesPerSecond: totals.bytesCopied / seconds })
}
