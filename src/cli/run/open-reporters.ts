import { accessSync, constants, createWriteStream, statSync, type WriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from '../../io/files/atomic-files.js'
import { writeNamedFile } from '../../io/files/named-file.js'
import { resolveUserPath } from '../../io/files/paths.js'
import type { Tally } from '../../pipeline/events/values.js'
import type { Moment } from '../../pipeline/state/progress.js'
import type { Summary } from '../../pipeline/state/summary.js'
import { colorChoice, type OutputOptions } from '../args/output-options.js'
import { useColor } from '../../reporters/colors.js'
import type { SummaryContext } from '../../reporters/summary-text.js'
import { ndjsonReporter } from '../../reporters/ndjson-reporter.js'
import { jsonSummary } from '../../reporters/json-summary.js'
import { logFileReporter } from '../../reporters/log-file-reporter.js'
import { OutputError } from '../../reporters/output-error.js'
import type { Reporter } from '../../reporters/reporter.js'
import { lineWriter, openScreen, type Screen } from '../../reporters/screen.js'
import { textReporter } from '../../reporters/text-reporter.js'
import { systemTicker } from '../../reporters/ticker.js'
import { badInput, type CliError } from './cli-error.js'
import type { ProcessContext } from './process-context.js'

/** All outputs of a run: text for people, JSON for programs, files. */
export interface Outputs {
  event(moment: Moment): void
  /** Shows the summary. When this returns, its file is on disk: after Ctrl+C a parent may kill the process within 0.25 s. */
  finish(summary: Summary): void
  /** Resolves when everything is handed to the operating system, or failed. */
  flushed(): Promise<void>
  /** The first output that failed. */
  readonly failed: OutputError | undefined
  /** Restores the terminal when a run ends without {@link finish}. */
  dispose(): void
}

/** What the outputs show that is known before the run. */
export interface OutputContext extends Pick<SummaryContext, 'endpoints' | 'rate'> {
  readonly expected?: Tally
}

/** The screen for people: stderr if a program reads stdout. */
export async function openOutputScreen(options: Pick<OutputOptions, 'json' | 'events'>, proc: ProcessContext): Promise<Screen> {
  const out = options.json || options.events ? proc.stderr : proc.stdout
  return openScreen({ out, err: proc.stderr, env: proc.env })
}

/** Opens every output of the options. A file that can't be written is refused before anything starts. */
export async function openOutputs(
  options: OutputOptions,
  screen: Screen,
  context: OutputContext,
  proc: ProcessContext,
): Promise<Outputs> {
  const path = (typed: string) => resolveUserPath(typed, proc.env, proc.cwd)
  const jsonFile = options['json-file'] === undefined ? undefined : path(options['json-file'])
  if (jsonFile !== undefined) checkWritable(jsonFile, '--json-file')
  const detail = options.quiet ? 'quiet' : options.verbose ? 'verbose' : 'normal'
  const color = useColor(proc.env, colorChoice(options), screen.isTerminal)
  const { tool, shownVersion, version } = proc
  const text = { tool, version: shownVersion, detail, ticker: systemTicker, ...context } as const
  const programs = lineWriter(proc.stdout)

  const reporters: Reporter[] = [textReporter({ ...text, screen, color })]
  if (options.events) reporters.push(ndjsonReporter(programs))
  const log = options['log-file'] === undefined ? undefined : await openLog(path(options['log-file']))
  const logged = log && lineWriter(log, `--log-file ${options['log-file'] ?? ''}`)
  if (log !== undefined) reporters.push(logFileReporter(log, text))

  let failed: OutputError | undefined
  const noteError = (error: unknown): void => {
    if (!(error instanceof OutputError)) throw error
    failed ??= error
  }

  return {
    get failed() {
      return failed
    },
    event(moment) {
      for (const reporter of reporters) reporter.event(moment)
    },
    finish(summary) {
      const about = { tool: 's3-sync', version, ...(context.endpoints && { endpoints: context.endpoints }) } as const
      const json = JSON.stringify(jsonSummary(summary, about))
      if (jsonFile !== undefined) {
        try {
          writeNamedFile(jsonFile, `${json}\n`)
        } catch (error) {
          noteError(new OutputError(`--json-file ${jsonFile}`, errorCode(error)))
        }
      }
      for (const reporter of reporters) reporter.finish(summary)
      if (options.json) programs.line(json)
    },
    async flushed() {
      await Promise.all([programs, screen, ...(logged ? [logged] : [])].map((each) => each.delivered().catch(noteError)))
      if (log !== undefined) await new Promise<void>((resolve) => log.end(resolve))
    },
    dispose() {
      for (const reporter of reporters) reporter.dispose()
    },
  }
}

export function checkWritable(file: string, option: string): void {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error('it is a directory')
    accessSync(dirname(file), constants.W_OK)
  } catch (error) {
    throw unwritable(option, file, error)
  }
}

async function openLog(file: string): Promise<WriteStream> {
  try {
    return createWriteStream(file, { fd: await open(file, 'a') })
  } catch (error) {
    throw unwritable('--log-file', file, error)
  }
}

function unwritable(option: string, file: string, error: unknown): CliError {
  const why = errorCode(error) === '' && error instanceof Error ? error.message : errorCode(error)
  return badInput(
    `${option}: ${file} can't be written (${why}).`,
    'Name a file in a directory that exists and is yours to write.',
  )
}
