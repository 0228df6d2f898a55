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
import { execute, type Job } from './run-to-end.js'
import { beginRun, continueRun, type KeptRun } from './run-journal.js'
import { lockPairs, lockRun } from './run-locks.js'
import type { Outputs } from './open-reporters.js'
import { type Intent, planOf } from './build-plan.js'
import { RunUntold } from './run-silently.js'
import type { ExitCode, Surroundings } from './process-context.js'

/** A run that was decided on: from here on nothing is asked. */
export interface Decided extends Intent {
  /** The command line that asks for it again. */
  readonly arguments: readonly string[]
  /** The keys it is about; absent: all that are listed. */
  readonly named?: AsyncIterable<readonly string[]>
  readonly outputs: Outputs
  readonly notices: Observable<Notice>
  /** The state that an earlier process reached; the caller has the run's lock. */
  readonly resumes?: { readonly place: RunPlace; readonly header: Header; readonly told: Told }
}

/** Runs what was decided on, alone on its pairs. */
export async function runDecided(decided: Decided, s: Surroundings): Promise<ExitCode> {
  const { sides, pairs, named, options, outputs, notices, resumes } = decided
  const paths = statePaths(s.env, s.home)
  const run = resumes?.told.started.run ?? runId(Date.now(), Math.random)
  const writes = !options.dryRun && !options.verifiesOnly
  const release = !writes ? undefined : lockPairs(paths.locks, run, pairs, sides.source, sides.target)
  try {
    await removeStaleSpools(paths.temp)
    const plan = planOf(decided, run, resumes?.told.started.at ?? Date.now())
    const stores = { source: sides.source.store, target: sides.target.store }
    const job = { plan, stores, sorter: fileSorter(paths.temp), notices, ...(named && { named }) }
    const summary = writes ? await kept(job, decided, paths, s) : await unkept(job, outputs, paths, s)
    if (writes && summary.status === 'completed' && resumes === undefined)
      noteRate(new RateBook(paths.rates), between(sides), summary)
    if (outputs.lost !== undefined) throw new RunUntold(outputs.lost, summary)
    return summary.exitCode
  } finally {
    release?.()
  }
}

type Unkept = Omit<Job, 'candidates' | 'kept'>

async function unkept(job: Unkept, outputs: Outputs, { temp }: StatePaths, s: Surroundings): Promise<Summary> {
  const candidates = fileCandidates(spoolIn(temp))
  try {
    return await execute({ ...job, candidates }, outputs, s)
  } finally {
    await candidates.remove()
  }
}

/** A run in a journal. What is left of it when it ends waits for a resume. */
async function kept(job: Unkept, decided: Decided, { runs }: StatePaths, s: Surroundings): Promise<Summary> {
  const { run } = job.plan
  const unlock = decided.resumes === undefined ? lockRun(runPlace(runs, run)) : undefined
  let kept: KeptRun | undefined
  try {
    kept = await open(job, decided, runs, s)
    const summary = await execute({ ...job, candidates: kept.candidates, kept }, decided.outputs, s)
    if (summary.status === 'completed') await kept.candidates.remove()
    return summary
  } finally {
    await kept?.candidates.close()
    kept?.journal.close()
    unlock?.()
  }
}

function open(job: Unkept, decided: Decided, runs: string, s: Surroundings): Promise<KeptRun> {
  const { resumes, sides } = decided
  if (resumes !== undefined) return continueRun(resumes.place, resumes.header, resumes.told, job.sorter)
  const fingerprintOf = (side: 'source' | 'target') => customerKeyOf(side, decided.options, s)?.fingerprint
  const [source, target] = [fingerprintOf('source'), fingerprintOf('target')]
  const header: Header = {
    ...{ type: 'journal', schema: EVENT_SCHEMA, tool: 's3-sync', version: s.version, run: job.plan.run },
    arguments: [...decided.arguments],
    directory: resolveUserPath('.', s.env, s.cwd),
    endpoints: endpointsOf(sides),
    ...(source || target ? { customerKeys: { ...(source && { source }), ...(target && { target }) } } : {}),
  }
  return Promise.resolve(beginRun(runs, header, job.plan.pairs))
}

/** Between which endpoints a rate was measured. */
export function between({ source, target }: Intent['sides']): string {
  return `${source.store.endpoint} → ${target.store.endpoint}`
}

/** Shorter runs measure how long it takes to begin, ms. */
const WORTH_NOTING = 1_000

function noteRate(rates: RateBook, endpoints: string, { startedAt, finishedAt, totals }: Summary): void {
  const seconds = (finishedAt - startedAt) / 1_000
  if (totals.copied === 0 || finishedAt - startedAt < WORTH_NOTING) return
  rates.note(endpoints, { objectsPerSecond: totals.copied / seconds, bytesPerSecond: totals.bytesCopied / seconds })
}
