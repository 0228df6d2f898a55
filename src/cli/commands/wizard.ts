import { ReplaySubject } from 'rxjs'
import type { Notice } from '../../pipeline/run/run-context.js'
import { colorChoice } from '../args/output-options.js'
import type { WizardRequest } from '../args/request.js'
import { optionName } from '../args/resume-options.js'
import { DELETE_OPTIONS } from '../args/run-options.js'
import { runWizard, type WizardAnswers } from '../../prompts/wizard/flow.js'
import { openQuestions } from '../../prompts/questions.js'
import { palette, useColor } from '../../reporters/colors.js'
import { withConfigurationErrors, customerKeysOf, findConnection, openConnections, openSide } from '../run/open-endpoints.js'
import { wizardAdapter } from './wizard-adapter.js'
import { openOutputs, openOutputScreen } from '../run/open-reporters.js'
import { refuseOverlap, refuseOverlappingBackups, wholeBucket } from '../run/resolve-pairs.js'
import { badInput } from '../run/cli-error.js'
import { resumeCommand } from './resume.js'
import { canAsk, type ExitCode, type ProcessContext } from '../run/process-context.js'
import { startRun } from '../run/start-run.js'
import { PROGRAM } from '../../io/program-name.js'

/** `s3-sync` on a terminal: asks for everything, then runs. */
export async function wizardCommand({ output, ...options }: WizardRequest, proc: ProcessContext): Promise<ExitCode> {
  const forProgram = output.json === true || output.events === true
  if (!canAsk(proc, forProgram))
    throw badInput('There is no terminal to ask on.', `Write ${PROGRAM} SOURCE TARGET --yes. See ${PROGRAM} --help.`)
  const screen = await openOutputScreen(output, proc)
  const color = useColor(proc.env, colorChoice(output), screen.isTerminal)
  const questions = openQuestions({ input: proc.stdin, output: forProgram ? proc.stderr : proc.stdout, color })
  const book = openConnections(proc, (message) => screen.err(message))
  const wizard = { questions, port: wizardAdapter(book, proc), screen, paint: palette(color) }
  const answers = await withConfigurationErrors(() => runWizard(wizard, { tool: proc.tool, version: proc.shownVersion }, options))
  if ('resumes' in answers) return resumeCommand({ run: answers.resumes, typed: options.typed, output }, proc)

  const { workers, expected } = answers
  const limits = { workers, maxMemory: options.maxMemory, timeoutMs: options.timeoutMs }
  const notices = new ReplaySubject<Notice>()
  const sides = {
    source: await openSide(
      await findConnection(answers.source, book, proc.env),
      limits,
      notices,
      customerKeysOf('source', options, proc),
    ),
    target: await openSide(
      await findConnection(answers.target, book, proc.env),
      limits,
      notices,
      customerKeysOf('target', options, proc),
    ),
  }
  try {
    const pairs = answers.pairs.map(({ source, target }) => ({ source: wholeBucket(source), target: wholeBucket(target) }))
    const { deletes: _asked, ...others } = options
    const chosen = { ...others, workers, ...(answers.deletes && { deletes: answers.deletes }) }
    refuseOverlap(pairs, sides.source, sides.target)
    refuseOverlappingBackups(pairs, chosen)
    const endpoints = { source: sides.source.context, target: sides.target.context }
    const outputs = await openOutputs(output, screen, { endpoints, ...(expected && { expected }) }, proc)
    const [source, target] = [`${answers.source}:`, `${answers.target}:`]
    const commandLine = { arguments: commandLineOf(answers, options.typed, workers) }
    return await startRun(
      { ...commandLine, source, target, sides, pairs, options: chosen, tellSkips: output.verbose === true, outputs, notices },
      proc,
    )
  } finally {
    sides.source.store.close()
    sides.target.store.close()
  }
}

/** The command line that repeats the answers: pairs by name, the chosen workers, deletes only if they were confirmed. */
function commandLineOf({ source, target, pairs, deletes }: WizardAnswers, typed: readonly string[], workers: number): string[] {
  const buckets = pairs.map((pair) => (pair.source === pair.target ? pair.source : `${pair.source}=${pair.target}`)).join(',')
  const isRefused = (word: string): boolean =>
    deletes === undefined && ['delete', ...DELETE_OPTIONS].some((name) => name === optionName(word))
  const others = typed.filter((word) => !isRefused(word) && !word.startsWith('--workers='))
  return [`${source}:`, `${target}:`, `--buckets=${buckets}`, `--workers=${workers}`, ...others]
}
