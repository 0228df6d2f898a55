import type { Observable } from 'rxjs'
import { fileCandidates } from '../../io/spill/delete-candidates.js'
import type { StatePaths } from '../../io/files/paths.js'
import type { Rate } from '../../pipeline/transfer/request-estimate.js'
import { fileSorter, spoolIn } from '../../io/spill/external-sort.js'
import type { BucketPair } from '../../pipeline/ports/bucket-pair.js'
import type { Notice } from '../../pipeline/run/run-context.js'
import type { RunOptions } from '../args/request.js'
import { Cancelled } from '../../prompts/cancelled.js'
import { palette, useColor } from '../../reporters/colors.js'
import { pairName } from '../../reporters/text-format.js'
import { deletePlanLines } from '../../reporters/delete-text.js'
import { remainingText } from '../../reporters/runs-text.js'
import type { Screen } from '../../reporters/screen.js'
import { runId } from '../../io/files/run-id.js'
import { type IdleRun, type Preview, previewRun } from './preview-run.js'
import { type PlanInput, buildPlan } from '../run/build-plan.js'
import type { Questions } from '../../prompts/questions.js'
import type { RunRecord } from './run-records.js'
import type { ProcessContext } from '../run/process-context.js'
import { PROGRAM } from '../../io/program-name.js'

/** How many pairs are shown by name. */
const SHOWN = 20

/** What the user is asked to confirm. */
export interface Confirmation {
  readonly source: string
  readonly target: string
  readonly pairs: readonly BucketPair[]
  /** Target buckets that will be created. */
  readonly missing: ReadonlySet<string>
  /** An earlier run of the same pairs that did not finish. */
  readonly unfinished: RunRecord | undefined
  /** What the dry run before the confirmation needs; absent if there is none. */
  readonly dryRun: DryRunInput | undefined
}

interface DryRunInput {
  readonly input: PlanInput
  readonly rate: Rate | undefined
  readonly paths: StatePaths
  readonly notices: Observable<Notice>
}

/**
 * Shows what a run will do and asks for a typed YES. With nothing to do it does not ask and returns the idle run, except with `showsEach`: then
 * each object is to be shown, which a preview does not do.
 * @throws {Cancelled} if it is declined, and on Ctrl+C
 */
export async function confirmRun(
  preview: Confirmation,
  options: Pick<RunOptions, 'workers' | 'adaptive' | 'compare' | 'deletes' | 'backupPrefix'>,
  screen: Screen,
  { color, showsEach }: { readonly color: boolean | undefined; readonly showsEach: boolean },
  proc: ProcessContext,
): Promise<IdleRun | undefined> {
  const useColors = useColor(proc.env, color, screen.isTerminal)
  const paint = palette(useColors)
  const { source, target, pairs, missing, unfinished, dryRun } = preview
  screen.out(`${paint.name(source)} → ${paint.name(target)}`)
  for (const pair of pairs.slice(0, SHOWN)) {
    screen.out(`  ${pairName(pair)}${missing.has(pair.target.bucket) ? paint.warning(' (the bucket will be created)') : ''}`)
  }
  if (pairs.length > SHOWN) screen.out(`  and ${pairs.length - SHOWN} more`)
  screen.out(
    paint.quiet(
      `  ${options.adaptive ? 'up to ' : ''}${options.workers} workers; unchanged objects are skipped (--compare ${options.compare})`,
    ),
  )
  if (unfinished !== undefined) {
    const { run } = unfinished.summary
    screen.out(
      paint.warning(
        `  Run ${run} of the same source and target did not finish; remaining: ${remainingText(unfinished.journal.left)}.`,
      ),
    )
    screen.out(paint.warning(`  To resume it instead: ${PROGRAM} runs resume ${run}`))
  }
  for (const line of deletePlanLines(options)) screen.out(paint.warning(`  ${line}`))
  const { openQuestions } = await import('../../prompts/questions.js')
  const questions = openQuestions({ input: proc.stdin, output: screen.isTerminal ? proc.stdout : proc.stderr, color: useColors })
  const { lines, idle } = dryRun === undefined ? NO_PREVIEW : await doPreview(dryRun, questions, screen, proc)
  for (const line of lines) screen.out(`  ${line}`)
  if (idle !== undefined && missing.size === 0 && !showsEach) return idle
  if (!(await questions.confirmWord('Type YES to start', 'YES'))) throw new Cancelled()
  return undefined
}

const NO_PREVIEW: Preview = { lines: [] }

/** The result of a dry run, which uses its own files. */
async function doPreview(
  { input, rate, paths, notices }: DryRunInput,
  questions: Questions,
  screen: Screen,
  proc: ProcessContext,
): Promise<Preview> {
  const { sides } = input
  const candidates = fileCandidates(spoolIn(paths.temp))
  const plan = buildPlan(input, runId(Date.now(), Math.random), Date.now())
  const stores = { source: sides.source.store, target: sides.target.store }
  try {
    const job = { plan, stores, sorter: fileSorter(paths.temp), candidates, notices }
    return await previewRun(job, rate, questions, screen, proc)
  } finally {
    await candidates.remove()
  }
}
