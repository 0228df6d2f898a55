import { ReplaySubject } from 'rxjs'
import type { Notice } from '../../pipeline/run/run-context.js'
import type { GuidedRequest } from '../args/request.js'
import { optionName } from '../args/resume-options.js'
import { OF_DELETE } from '../args/run-options.js'
import { runWizard, type WizardAnswers } from '../../prompts/wizard/flow.js'
import { openQuestions } from '../../prompts/questions.js'
import { palette, useColor } from '../../reporters/colors.js'
import { configured, customerKeysOf, findConnection, openBook, openSide } from '../run/open-endpoints.js'
import { wizardAdapter } from './wizard-adapter.js'
import { openOutputs, openPeopleScreen } from '../run/open-reporters.js'
import { refuseOverlap, refuseBackupsAbove, whole } from '../run/resolve-pairs.js'
import { badInput } from '../run/cli-error.js'
import { resumeCommand } from './resume.js'
import { canAsk, type ExitCode, type Surroundings } from '../run/process-context.js'
import { runDecided } from '../run/start-run.js'

/** `s3-sync` on a terminal: asks for everything, then runs. */
export async function guidedCommand({ output, ...options }: GuidedRequest, s: Surroundings): Promise<ExitCode> {
  const forProgram = output.json || output.events
  if (!canAsk(s, forProgram))
    throw badInput('There is no terminal to ask on.', 'Write s3-sync SOURCE TARGET --yes. See s3-sync --help.')
  const screen = await openPeopleScreen(output, s)
  const color = useColor(s.env, output.color, screen.isTerminal)
  const questions = openQuestions({ input: s.stdin, output: forProgram ? s.stderr : s.stdout, color })
  const book = openBook(s, (message) => screen.err(message))
  const wizard = { questions, port: wizardAdapter(book, s), screen, paint: palette(color) }
  const answers = await configured(() => runWizard(wizard, { tool: s.tool, version: s.shownVersion }, options))
  if ('resumes' in answers) return resumeCommand({ run: answers.resumes, typed: options.typed, output }, s)

  const { workers, expected } = answers
  const room = { workers, maxMemory: options.maxMemory }
  const notices = new ReplaySubject<Notice>()
  const sides = {
    source: await openSide(await findConnection(answers.source, book), room, notices, customerKeysOf('source', options, s)),
    target: await openSide(await findConnection(answers.target, book), room, notices, customerKeysOf('target', options, s)),
  }
  try {
    const pairs = answers.pairs.map(({ source, target }) => ({ source: whole(source), target: whole(target) }))
    const { deletes: _asked, ...others } = options
    const chosen = { ...others, workers, ...(answers.deletes && { deletes: answers.deletes }) }
    refuseOverlap(pairs, sides.source, sides.target)
    refuseBackupsAbove(pairs, chosen)
    const endpoints = { source: sides.source.context, target: sides.target.context }
    const outputs = await openOutputs(output, screen, { endpoints, ...(expected && { expected }) }, s)
    const [source, target] = [`${answers.source}:`, `${answers.target}:`]
    const decided = { arguments: wordsOf(answers, options.typed, workers) }
    return await runDecided(
      { ...decided, source, target, sides, pairs, options: chosen, tellSkips: output.verbose, outputs, notices },
      s,
    )
  } finally {
    sides.source.store.close()
    sides.target.store.close()
  }
}

/** The command line that the answers come to: pairs by name, the workers that were chosen, deletes only where they were confirmed. */
function wordsOf({ source, target, pairs, deletes }: WizardAnswers, typed: readonly string[], workers: number): string[] {
  const buckets = pairs.map((pair) => (pair.source === pair.target ? pair.source : `${pair.source}=${pair.target}`)).join(',')
  const isRefused = (word: string): boolean =>
    deletes === undefined && ['delete', ...OF_DELETE].some((name) => name === optionName(word))
  const others = typed.filter((word) => !isRefused(word) && !word.startsWith('--workers='))
  return [`${source}:`, `${target}:`, `--buckets=${buckets}`, `--workers=${workers}`, ...others]
}
