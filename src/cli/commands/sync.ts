import { ReplaySubject } from 'rxjs'
import { statePaths } from '../../io/files/paths.js'
import { RateBook } from '../../io/files/measured-rates.js'
import type { Notice } from '../../pipeline/run/run-context.js'
import { colorChoice } from '../args/output-options.js'
import type { SyncRequest } from '../args/request.js'
import { confirmRun } from './confirm-run.js'
import { reportIdle } from './report-idle.js'
import { endpointsOf, openConnections, openLocation } from '../run/open-endpoints.js'
import { openOutputs, openOutputScreen } from '../run/open-reporters.js'
import type { PlanInput } from '../run/build-plan.js'
import { resolvePairs, refuseOverlap, refuseOverlappingBackups, refuseBucketNames } from '../run/resolve-pairs.js'
import { keysFromFile } from '../run/files-from.js'
import { checkBuckets } from '../run/preflight.js'
import { rateKey, startRun } from '../run/start-run.js'
import { badInput } from '../run/cli-error.js'
import { canAsk, type ExitCode, type ProcessContext } from '../run/process-context.js'
import { findUnfinishedRun } from './find-unfinished.js'

/** `s3-sync SOURCE TARGET`: checks the buckets, asks for confirmation if there is something to do, runs. */
export async function syncCommand(request: SyncRequest, proc: ProcessContext): Promise<ExitCode> {
  const { output } = request
  const asks = !request.yes && !request.dryRun && !request.verifiesOnly
  if (asks && !canAsk(proc, output.json === true || output.events === true)) {
    throw badInput(
      'There is no terminal to confirm on.',
      'Add --yes to copy without being asked, or --dry-run to see what would happen.',
    )
  }
  const named = request.filesFrom === undefined ? undefined : keysFromFile(request.filesFrom, proc)
  const screen = await openOutputScreen(output, proc)
  const notices = new ReplaySubject<Notice>()
  const book = openConnections(proc, (message) => screen.err(message))
  const open = (side: 'source' | 'target') => openLocation(side, request, book, notices, proc)
  const sides = { source: await open('source'), target: await open('target') }
  try {
    const endpoints = { source: sides.source.context, target: sides.target.context }
    const paths = statePaths(proc.env, proc.home)
    const rate = new RateBook(paths.rates).find(rateKey(sides))
    const outputs = await openOutputs(output, screen, { endpoints, ...(rate && { rate }) }, proc)
    const pairs = await resolvePairs(request, sides.source, proc)
    refuseOverlap(pairs, sides.source, sides.target)
    refuseOverlappingBackups(pairs, request)
    await refuseBucketNames(pairs, sides.target, proc.interrupted)
    const missing = await checkBuckets(pairs, sides.source, sides.target, proc.interrupted)
    const [source, target] = [request.source.typed, request.target.typed]
    const input: PlanInput = { source, target, sides, pairs, options: request, tellSkips: output.verbose === true }
    const dryRun = named === undefined ? { input, rate, paths, notices } : undefined
    const setup = { ...input, arguments: [source, target, ...request.typed], ...(named && { named }), outputs, notices }
    if (asks) {
      const unfinished = await findUnfinishedRun(paths.runs, { endpoints: endpointsOf(sides), pairs })
      const display = {
        color: colorChoice(output),
        showsEach: (output.verbose === true || output.events === true) && !request.verify,
      }
      const idle = await confirmRun({ source, target, pairs, missing, unfinished, dryRun }, request, screen, display, proc)
      // Comparing writes nothing, even if objects have changed since.
      if (idle !== undefined && request.verify)
        return await startRun({ ...setup, options: { ...request, verifiesOnly: true } }, proc)
      if (idle !== undefined) return await reportIdle(idle, outputs)
    }
    return await startRun(setup, proc)
  } finally {
    sides.source.store.close()
    sides.target.store.close()
  }
}
