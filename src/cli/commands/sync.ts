import { ReplaySubject } from 'rxjs'
import { statePaths } from '../../io/files/paths.js'
import { RateBook } from '../../io/files/measured-rates.js'
import type { Notice } from '../../pipeline/run/run-context.js'
import type { SyncRequest } from '../args/request.js'
import { confirm } from './confirm.js'
import { endpointsOf, openBook, openLocation } from '../run/open-endpoints.js'
import { openOutputs, openPeopleScreen } from '../run/open-reporters.js'
import type { Intent } from '../run/build-plan.js'
import { pairsOf, refuseOverlap, refuseBackupsAbove, refuseNames } from '../run/resolve-pairs.js'
import { namedKeys } from '../run/files-from.js'
import { reach } from '../run/preflight.js'
import { between, runDecided } from '../run/start-run.js'
import { badInput } from '../run/cli-error.js'
import { canAsk, type ExitCode, type Surroundings } from '../run/process-context.js'
import { unfinishedRun } from './find-unfinished.js'

/** `s3-sync SOURCE TARGET`: looks, asks, runs. */
export async function syncCommand(request: SyncRequest, s: Surroundings): Promise<ExitCode> {
  const { output } = request
  const asks = !request.yes && !request.dryRun && !request.verifiesOnly
  if (asks && !canAsk(s, output.json || output.events)) {
    throw badInput(
      'There is no terminal to confirm on.',
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
    const pairs = await pairsOf(request, sides.source, s)
    refuseOverlap(pairs, sides.source, sides.target)
    refuseBackupsAbove(pairs, request)
    await refuseNames(pairs, sides.target, s.interrupted)
    const missing = await reach(pairs, sides.source, sides.target, s.interrupted)
    const [source, target] = [request.source.typed, request.target.typed]
    const intent: Intent = { source, target, sides, pairs, options: request, tellSkips: output.verbose }
    const seen = named === undefined ? { intent, rate, paths } : undefined
    if (asks) {
      const unfinished = await unfinishedRun(paths.runs, { endpoints: endpointsOf(sides), pairs })
      await confirm({ source, target, pairs, missing, unfinished, seen }, request, screen, output.color, s)
    }
    const typed = [source, target, ...request.typed]
    return await runDecided({ ...intent, arguments: typed, ...(named && { named }), outputs, notices }, s)
  } finally {
    sides.source.store.close()
    sides.target.store.close()
  }
}
