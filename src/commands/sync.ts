import { accessSync, constants } from 'node:fs'
import { type Observable, ReplaySubject } from 'rxjs'
import { keysIn } from '../io/key-list.js'
import { resolveUserPath, statePaths } from '../io/state/paths.js'
import { fileCandidates } from '../io/state/candidates.js'
import { RateBook } from '../io/state/rates.js'
import { runId } from '../io/state/run-id.js'
import { fileSorter, removeStaleSpools } from '../io/state/sorter.js'
import type { Notice } from '../pipeline/run.js'
import type { Summary } from '../pipeline/summary.js'
import type { SyncRequest } from '../prompts/arguments/request.js'
import { confirm } from './confirm.js'
import { openBook, openLocation } from './endpoints.js'
import { execute } from './execute.js'
import { lockPairs } from './locks.js'
import { openOutputs, openPeopleScreen, type Outputs } from './outputs.js'
import { type Intent, planOf } from './plan.js'
import { located, pairsOf, refuseOverlap, refuseBackupsAbove } from './pairs.js'
import { reach } from './reach.js'
import { badInput } from './refusal.js'
import { canAsk, type ExitCode, type Surroundings } from './surroundings.js'

/** A run that was decided on: from here on nothing is asked. */
export interface Decided extends Intent {
  /** The keys it is about; absent: all that are listed. */
  readonly named?: AsyncIterable<readonly string[]>
  readonly outputs: Outputs
  readonly notices: Observable<Notice>
}

/** `s3-sync SOURCE TARGET`: looks, asks, runs. */
export async function syncCommand(request: SyncRequest, s: Surroundings): Promise<ExitCode> {
  const { output } = request
  const asks = !request.yes && !request.dryRun
  if (asks && !canAsk(s, output.json || output.events)) {
    throw badInput(
      'There is no terminal to confirm at.',
      'Add --yes to copy without being asked, or --dry-run to see what would happen.',
    )
  }
  const named = request.filesFrom === undefined ? undefined : namedKeys(request.filesFrom, s)
  const screen = await openPeopleScreen(output, s)
  const notices = new ReplaySubject<Notice>()
  const book = openBook(s, (message) => screen.err(message))
  const open = (side: 'source' | 'target') => openLocation(side, request, book, notices, s)
  const sides = { source: await open('source'), target: await open('target') }
  try {
    const endpoints = { source: sides.source.context, target: sides.target.context }
    const paths = statePaths(s.env, s.home)
    const rate = new RateBook(paths.rates).find(between(sides))
    const outputs = await openOutputs(output, screen, { endpoints, ...(rate && { rate }) }, s)
    const pairs = await pairsOf(located(request, s), sides.source, s.interrupted)
    refuseOverlap(pairs, sides.source, sides.target)
    refuseBackupsAbove(pairs, request)
    const missing = await reach(pairs, sides.source, sides.target, s.interrupted)
    const [source, target] = [request.source.typed, request.target.typed]
    const intent: Intent = { source, target, sides, pairs, options: request, tellSkips: output.verbose }
    const seen = named === undefined ? { intent, rate, paths } : undefined
    if (asks && !(await confirm({ source, target, pairs, missing, seen }, request, screen, output.color, s))) {
      screen.out('Nothing was started, nothing was copied.')
      return 0
    }
    return await runDecided({ ...intent, ...(named && { named }), outputs, notices }, s)
  } finally {
    sides.source.store.close()
    sides.target.store.close()
  }
}

/** Runs what was decided on, alone on its pairs. */
export async function runDecided(decided: Decided, s: Surroundings): Promise<ExitCode> {
  const { sides, pairs, named, options, outputs, notices } = decided
  const paths = statePaths(s.env, s.home)
  const run = runId(Date.now(), Math.random)
  const candidates = fileCandidates(paths.temp)
  const release = options.dryRun ? undefined : lockPairs(paths.locks, run, pairs, sides.source, sides.target)
  try {
    await removeStaleSpools(paths.temp)
    const plan = planOf(decided, run, Date.now())
    const stores = { source: sides.source.store, target: sides.target.store }
    const job = { plan, stores, sorter: fileSorter(paths.temp), candidates, notices, ...(named && { named }) }
    const summary = await execute(job, outputs, s)
    if (summary.status === 'completed') noteRate(new RateBook(paths.rates), between(sides), summary)
    return summary.exitCode
  } finally {
    await candidates.dispose()
    release?.()
  }
}

/** The keys of `--files-from`. @throws {Refusal} when there is no such file */
function namedKeys(file: string, s: Surroundings): AsyncIterable<readonly string[]> {
  if (file === '-') {
    if (!s.stdin.isTTY) return keysIn(file, s.stdin)
    throw badInput(
      '--files-from - reads the keys from standard input, and that is a terminal.',
      'Write e.g. cut -f1 list | s3-sync … --files-from -',
    )
  }
  const path = resolveUserPath(file, s.env, s.cwd)
  try {
    accessSync(path, constants.R_OK)
  } catch {
    throw badInput(
      `--files-from ${file}: there is no such file, or it can't be read.`,
      'Give a file of keys, one a line, or - for standard input.',
    )
  }
  return keysIn(path, s.stdin)
}

/** Between which endpoints a rate was measured. */
function between({ source, target }: Intent['sides']): string {
  return `${source.store.endpoint} → ${target.store.endpoint}`
}

/** Shorter runs measure how long it takes to begin, ms. */
const WORTH_NOTING = 1_000

function noteRate(rates: RateBook, endpoints: string, { startedAt, finishedAt, totals }: Summary): void {
  const seconds = (finishedAt - startedAt) / 1_000
  if (totals.copied === 0 || finishedAt - startedAt < WORTH_NOTING) return
  rates.note(endpoints, { objectsPerSecond: totals.copied / seconds, bytesPerSecond: totals.bytesCopied / seconds })
}
