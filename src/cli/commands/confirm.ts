import { NEVER } from 'rxjs'
import { fileCandidates } from '../../io/spill/delete-candidates.js'
import type { StatePaths } from '../../io/files/paths.js'
import type { Rate } from '../../pipeline/transfer/request-estimate.js'
import { fileSorter, spoolIn } from '../../io/spill/external-sort.js'
import type { BucketPair } from '../../pipeline/ports/bucket-pair.js'
import type { RunOptions } from '../args/request.js'
import { Cancelled } from '../../prompts/cancelled.js'
import { palette, useColor } from '../../reporters/colors.js'
import { pairName } from '../../reporters/text-format.js'
import { deletesInWords } from '../../reporters/delete-text.js'
import { leftInWords } from '../../reporters/runs-text.js'
import type { Screen } from '../../reporters/screen.js'
import { lookAhead } from './preview-run.js'
import { type Intent, planOf } from '../run/build-plan.js'
import type { Questions } from '../../prompts/questions.js'
import type { RunRecord } from './run-records.js'
import type { Surroundings } from '../run/process-context.js'

/** So many pairs are shown by name. */
const SHOWN = 20

/** What a person is asked to say yes to. */
export interface Preview {
  readonly source: string
  readonly target: string
  readonly pairs: readonly BucketPair[]
  /** Target buckets that will be created. */
  readonly missing: ReadonlySet<string>
  /** An earlier run of the same pairs that did not finish. */
  readonly unfinished: RunRecord | undefined
  /** What a look ahead needs; absent where there is none. */
  readonly seen: { readonly intent: Intent; readonly rate: Rate | undefined; readonly paths: StatePaths } | undefined
}

/** Shows what a one-shot run will do and asks for a typed YES. @throws {Cancelled} when it is declined, and on Ctrl+C */
export async function confirm(
  preview: Preview,
  options: Pick<RunOptions, 'workers' | 'adaptive' | 'compare' | 'deletes' | 'backupPrefix'>,
  screen: Screen,
  color: boolean | undefined,
  s: Surroundings,
): Promise<void> {
  const useColors = useColor(s.env, color, screen.isTerminal)
  const paint = palette(useColors)
  const { source, target, pairs, missing, unfinished, seen } = preview
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
        `  Run ${run} of the same source and target did not finish; remaining: ${leftInWords(unfinished.told.left)}.`,
      ),
    )
    screen.out(paint.warning(`  To resume it instead: s3-sync runs resume ${run}`))
  }
  for (const line of deletesInWords(options)) screen.out(paint.warning(`  ${line}`))
  const { openQuestions } = await import('../../prompts/questions.js')
  const questions = openQuestions({ input: s.stdin, output: screen.isTerminal ? s.stdout : s.stderr, color: useColors })
  if (seen !== undefined) for (const line of await ahead(seen, questions, screen, s)) screen.out(`  ${line}`)
  if (!(await questions.confirmWord('Type YES to start', 'YES'))) throw new Cancelled()
}

/** What the run would do, in files of its own. */
async function ahead(
  { intent, rate, paths }: NonNullable<Preview['seen']>,
  questions: Questions,
  screen: Screen,
  s: Surroundings,
): Promise<string[]> {
  const { sides } = intent
  const candidates = fileCandidates(spoolIn(paths.temp))
  const plan = planOf(intent, 'look', Date.now())
  const stores = { source: sides.source.store, target: sides.target.store }
  try {
    const job = { plan, stores, sorter: fileSorter(paths.temp), candidates, notices: NEVER }
    return await lookAhead(job, rate, questions, screen, s)
  } finally {
    await candidates.remove()
  }
}
