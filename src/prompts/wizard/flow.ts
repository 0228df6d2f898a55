import type { Tally } from '../../pipeline/events/values.js'
import type { SyncPlan } from '../../pipeline/plan/sync-plan.js'
import { Cancelled } from '../cancelled.js'
import { printable } from '../../reporters/escape-terminal.js'
import { deletesInWords } from '../../reporters/delete-text.js'
import { rule } from '../../reporters/text-format.js'
import { leftInWords } from '../../reporters/runs-text.js'
import { chooseBuckets } from './choose-buckets.js'
import { chooseConnection, type Endpoint } from './choose-connection.js'
import type { Desk } from './wizard-screen.js'
import { nameTargets } from './name-targets.js'
import { preview, type Plan } from './preview.js'
import { askWorkers } from './workers.js'
import type { Unfinished } from './wizard-port.js'

/** Answers given on the command line: their questions are not asked, but for deletes, which are confirmed separately. */
export interface GuidedPresets extends Pick<SyncPlan, 'deletes' | 'backupPrefix'> {
  readonly workers?: number
  /** Nothing will be written, so nothing needs to be confirmed. */
  readonly dryRun?: boolean
  /** `--yes` */
  readonly yes?: boolean
}

/** `TOOL_NAME` and `TOOL_VERSION`, shown in the header. */
export interface Tool {
  readonly tool: string
  readonly version: string
}

export interface GuidedAnswers extends Plan, Pick<SyncPlan, 'deletes'> {
  /** All objects of the source's buckets, where the count was not stopped. */
  readonly expected?: Tally
}

/** Instead of a new run, an earlier one is to be resumed. */
export interface GoOnWith {
  readonly resumes: string
}

/** The word that starts a run, and the one that lets it delete. */
const GO = 'YES'
const DELETE = 'DELETE'
const DELETES_TOO = `Type ${DELETE} to also delete objects missing at the source (Enter: copy only)`

/**
 * Asks a person everything a run needs (cli.md, "Guided"). Writes nothing anywhere but new connections that work.
 * @throws {Cancelled} when the person declines, or leaves at a question
 */
export async function guide(desk: Desk, tool: Tool, presets: GuidedPresets): Promise<GuidedAnswers | GoOnWith> {
  header(desk, tool)
  await checkDependencies(desk)
  const [source, buckets] = await chooseSource(desk)
  const target = await chooseConnection(desk, 'target')
  const pairs = await nameTargets(desk, source, buckets, target)
  const unfinished = presets.dryRun === true ? undefined : await desk.world.unfinished(source.name, target.name, pairs)
  if (unfinished !== undefined && (await goesOn(desk, unfinished))) return { resumes: unfinished.run }
  const workers = presets.workers ?? (await askWorkers(desk.questions))
  const plan: Plan = { source: source.name, target: target.name, pairs, workers }
  const expected = await preview(desk, plan)
  for (const line of deletesInWords(presets)) desk.screen.out(desk.paint.warning(`  ${line}`))
  const isSure = presets.yes === true || presets.dryRun === true
  if (!isSure && !(await desk.questions.typed(`Type ${GO} to start`, GO))) throw new Cancelled()
  const { deletes } = presets
  const mayDelete = deletes !== undefined && (isSure || (await desk.questions.typed(DELETES_TOO, DELETE)))
  return { ...plan, ...(expected && { expected }), ...(mayDelete && { deletes }) }
}

/** The same buckets again: going on costs less than comparing everything once more. */
function goesOn({ questions, screen, paint }: Desk, { run, startedAt, left }: Unfinished): Promise<boolean> {
  const began = new Date(startedAt).toISOString().replace('T', ' ').slice(0, 16)
  screen.out(
    paint.warning(`Run ${run} of the same buckets, started ${began} UTC, did not finish; remaining: ${leftInWords(left)}.`),
  )
  return questions.confirm('Resume it? (No starts a new run)', true)
}

/** An endpoint without buckets is no source: another one is asked for. */
async function chooseSource(desk: Desk): Promise<[Endpoint, readonly string[]]> {
  for (;;) {
    const source = await chooseConnection(desk, 'source')
    const buckets = await chooseBuckets(desk, source)
    if (buckets.length > 0) return [source, buckets]
    desk.screen.out(desk.paint.warning(`There is no bucket at "${printable(source.name)}". Choose another source.`))
  }
}

function header({ screen, paint }: Desk, { tool, version }: Tool): void {
  screen.out(paint.quiet(rule(screen.columns)))
  screen.out(
    `${paint.name(printable(tool))} ${printable(version)} ${paint.quiet('· copies buckets from one S3 endpoint to another')}`,
  )
  screen.out(paint.quiet('Press Ctrl+C at any question to quit; nothing starts before you confirm.'))
}

async function checkDependencies({ world, screen, paint }: Desk): Promise<void> {
  for (const { name, ok, detail } of await world.dependencies()) {
    screen.out(`${ok ? paint.good('✓') : paint.bad('✗')} ${printable(name)} ${paint.quiet(printable(detail))}`)
  }
}
