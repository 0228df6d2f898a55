import type { Tally } from '../../pipeline/events/values.js'
import type { SyncPlan } from '../../pipeline/plan/sync-plan.js'
import { Cancelled } from '../cancelled.js'
import { printable } from '../../reporters/escape-terminal.js'
import { deletePlanLines } from '../../reporters/delete-text.js'
import { separator } from '../../reporters/text-format.js'
import { remainingText } from '../../reporters/runs-text.js'
import { chooseBuckets } from './choose-buckets.js'
import { chooseConnection, type ChosenConnection } from './choose-connection.js'
import type { WizardContext } from './wizard-context.js'
import { nameTargets } from './name-targets.js'
import { showPreview, type WizardPlan } from './preview.js'
import { askWorkers } from './ask-workers.js'
import type { UnfinishedRun } from './wizard-port.js'

/** Answers from the command line. Their questions are not asked, except for deletes, which are confirmed separately. */
export interface WizardPresets extends Pick<SyncPlan, 'deletes' | 'backupPrefix'> {
  readonly workers?: number
  /** Nothing will be written, so nothing needs to be confirmed. */
  readonly dryRun?: boolean
  /** `--yes` */
  readonly yes?: boolean
}

/** `TOOL_NAME` and `TOOL_VERSION`, shown in the header. */
export interface ToolInfo {
  readonly tool: string
  readonly version: string
}

export interface WizardAnswers extends WizardPlan, Pick<SyncPlan, 'deletes'> {
  /** All objects of the source's buckets; absent if the count was stopped. */
  readonly expected?: Tally
}

/** The user chose to resume an earlier run. */
export interface ResumeChoice {
  readonly resumes: string
}

/** The word that starts a run, and the one that lets it delete. */
const GO = 'YES'
const DELETE = 'DELETE'
const DELETES_TOO = `Type ${DELETE} to also delete objects missing at the source (Enter: copy only)`

/**
 * Asks for everything a run needs (cli.md, "Guided"). Writes nothing but new connections that work.
 * @throws {Cancelled} when the user declines, or quits at a question
 */
export async function runWizard(
  wizard: WizardContext,
  tool: ToolInfo,
  presets: WizardPresets,
): Promise<WizardAnswers | ResumeChoice> {
  showHeader(wizard, tool)
  await showDependencies(wizard)
  const [source, buckets] = await chooseSource(wizard)
  const target = await chooseConnection(wizard, 'target')
  const pairs = await nameTargets(wizard, source, buckets, target)
  const unfinished = presets.dryRun === true ? undefined : await wizard.port.findUnfinishedRun(source.name, target.name, pairs)
  if (unfinished !== undefined && (await confirmResume(wizard, unfinished))) return { resumes: unfinished.run }
  const workers = presets.workers ?? (await askWorkers(wizard.questions))
  const plan: WizardPlan = { source: source.name, target: target.name, pairs, workers }
  const expected = await showPreview(wizard, plan)
  for (const line of deletePlanLines(presets)) wizard.screen.out(wizard.paint.warning(`  ${line}`))
  const isSure = presets.yes === true || presets.dryRun === true
  if (!isSure && !(await wizard.questions.confirmWord(`Type ${GO} to start`, GO))) throw new Cancelled()
  const { deletes } = presets
  const mayDelete = deletes !== undefined && (isSure || (await wizard.questions.confirmWord(DELETES_TOO, DELETE)))
  return { ...plan, ...(expected && { expected }), ...(mayDelete && { deletes }) }
}

/** Offers to resume a run of the same buckets: that costs less than comparing everything again. */
function confirmResume(
  { questions, screen, paint }: WizardContext,
  { run, startedAt, remaining }: UnfinishedRun,
): Promise<boolean> {
  const began = new Date(startedAt).toISOString().replace('T', ' ').slice(0, 16)
  screen.out(
    paint.warning(
      `Run ${run} of the same buckets, started ${began} UTC, did not finish; remaining: ${remainingText(remaining)}.`,
    ),
  )
  return questions.confirm('Resume it? (No starts a new run)', true)
}

/** Asks for another source until one has buckets. */
async function chooseSource(wizard: WizardContext): Promise<[ChosenConnection, readonly string[]]> {
  for (;;) {
    const source = await chooseConnection(wizard, 'source')
    const buckets = await chooseBuckets(wizard, source)
    if (buckets.length > 0) return [source, buckets]
    wizard.screen.out(wizard.paint.warning(`There is no bucket at "${printable(source.name)}". Choose another source.`))
  }
}

function showHeader({ screen, paint }: WizardContext, { tool, version }: ToolInfo): void {
  screen.out(paint.quiet(separator(screen.columns)))
  screen.out(
    `${paint.name(printable(tool))} ${printable(version)} ${paint.quiet('· copies buckets from one S3 endpoint to another')}`,
  )
  screen.out(paint.quiet('Press Ctrl+C at any question to quit; nothing starts before you confirm.'))
}

async function showDependencies({ port, screen, paint }: WizardContext): Promise<void> {
  for (const { name, ok, detail } of await port.dependencies()) {
    screen.out(`${ok ? paint.good('✓') : paint.bad('✗')} ${printable(name)} ${paint.quiet(printable(detail))}`)
  }
}
