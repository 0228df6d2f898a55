import { accessSync, constants } from 'node:fs'
import { type Observable, ReplaySubject } from 'rxjs'
import { keysIn } from '../io/key-list.js'
import { resolveUserPath, statePaths } from '../io/state/paths.js'
import { fileCandidates } from '../io/state/candidates.js'
import { runId } from '../io/state/run-id.js'
import { fileSorter, removeStaleSpools } from '../io/state/sorter.js'
import { LARGEST_COPY, PART_THRESHOLD } from '../pipeline/parts.js'
import type { Notice, SyncPlan } from '../pipeline/run.js'
import type { BucketPair } from '../pipeline/shards.js'
import type { RunOptions, SyncRequest } from '../prompts/arguments/request.js'
import { confirm } from './confirm.js'
import { isDirectory, openBook, openLocation, type Side } from './endpoints.js'
import { execute } from './execute.js'
import { lockPairs } from './locks.js'
import { openOutputs, openPeopleScreen, type Outputs } from './outputs.js'
import { located, pairsOf, refuseOverlap, refuseBackupsAbove } from './pairs.js'
import { reach } from './reach.js'
import { badInput } from './refusal.js'
import { selectionAt } from '../prompts/arguments/selected.js'
import { canAsk, type ExitCode, type Surroundings } from './surroundings.js'

/** A run that was decided on: from here on nothing is asked. */
export interface Decided {
  /** As typed. */
  readonly source: string
  readonly target: string
  readonly sides: { readonly source: Side; readonly target: Side }
  readonly pairs: readonly BucketPair[]
  /** The keys it is about; absent: all that are listed. */
  readonly named?: AsyncIterable<readonly string[]>
  readonly options: RunOptions
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
  const named = request.filesFrom === undefined ? {} : { named: namedKeys(request.filesFrom, s) }
  const screen = await openPeopleScreen(output, s)
  const notices = new ReplaySubject<Notice>()
  const book = openBook(s, (message) => screen.err(message))
  const open = (side: 'source' | 'target') => openLocation(side, request, book, notices, s)
  const sides = { source: await open('source'), target: await open('target') }
  try {
    const endpoints = { source: sides.source.context, target: sides.target.context }
    const outputs = await openOutputs(output, screen, { endpoints }, s)
    const pairs = await pairsOf(located(request, s), sides.source, s.interrupted)
    refuseOverlap(pairs, sides.source, sides.target)
    refuseBackupsAbove(pairs, request)
    const missing = await reach(pairs, sides.source, sides.target, s.interrupted)
    const [source, target] = [request.source.typed, request.target.typed]
    if (asks && !(await confirm({ source, target, pairs, missing }, request, screen, output.color, s))) {
      screen.out('Nothing was started, nothing was copied.')
      return 0
    }
    return await runDecided({ source, target, sides, pairs, ...named, options: request, outputs, notices }, s)
  } finally {
    sides.source.store.close()
    sides.target.store.close()
  }
}

/** Runs what was decided on, alone on its pairs. */
export async function runDecided(decided: Decided, s: Surroundings): Promise<ExitCode> {
  const { source, target, sides, pairs, named, options, outputs, notices } = decided
  const paths = statePaths(s.env, s.home)
  const run = runId(Date.now(), Math.random)
  const candidates = fileCandidates(paths.temp)
  const release = options.dryRun ? undefined : lockPairs(paths.locks, run, pairs, sides.source, sides.target)
  try {
    await removeStaleSpools(paths.temp)
    const { workers, adaptive, retries, retryDelayMs, maxErrors, compare, ignoreExisting, dryRun, maxMemory, partSize } = options
    const plan: SyncPlan = {
      ...{ run, source, target, pairs, workers, adaptive, retries, retryDelayMs, compare, ignoreExisting, dryRun },
      keepNewer: options.keepNewer,
      keepTimes: options.keepTimes,
      ...(options.deletes === undefined ? {} : { deletes: options.deletes }),
      ...(options.backupPrefix === undefined ? {} : { backupPrefix: options.backupPrefix }),
      selection: selectionAt(options.selection, Date.now()),
      ...(maxErrors === undefined ? {} : { maxErrors }),
      ...(partSize === undefined ? {} : { partSize }),
      maxMemory,
      limits: options.limits,
      serverSideCopy: options.serverSideCopy && mayCopyItself(sides, options),
      partThreshold: PART_THRESHOLD,
      largestCopy: LARGEST_COPY,
    }
    const stores = { source: sides.source.store, target: sides.target.store }
    const job = { plan, stores, sorter: fileSorter(paths.temp), candidates, notices, ...(named && { named }) }
    const summary = await execute(job, outputs, s)
    return summary.exitCode
  } finally {
    await candidates.dispose()
    release?.()
  }
}

/** Whether both sides are one endpoint, which can be told all that the copies are to be. */
function mayCopyItself({ source, target }: Decided['sides'], { keepTimes }: RunOptions): boolean {
  if (source.store.endpoint !== target.store.endpoint) return false
  return !keepTimes || isDirectory(source)
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
