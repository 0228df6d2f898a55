import { accessSync, constants, createWriteStream, statSync, type WriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode, writeAtomically } from '../../io/files/atomic-files.js'
import { resolveUserPath } from '../../io/files/paths.js'
import type { Tally } from '../../pipeline/events/values.js'
import type { Moment } from '../../pipeline/state/progress.js'
import type { Summary } from '../../pipeline/state/summary.js'
import type { OutputOptions } from '../args/request.js'
import { useColor } from '../../reporters/colors.js'
import type { EndingContext } from '../../reporters/summary-text.js'
import { eventsRenderer } from '../../reporters/ndjson-reporter.js'
import { jsonSummary } from '../../reporters/json-summary.js'
import { logRenderer } from '../../reporters/log-file-reporter.js'
import { OutputLost } from '../../reporters/output-lost.js'
import type { Renderer } from '../../reporters/reporter.js'
import { lineWriter, openScreen, type Screen } from '../../reporters/screen.js'
import { textRenderer } from '../../reporters/text-reporter.js'
import { systemTicker } from '../../reporters/ticker.js'
import { badInput, type Refusal } from './cli-error.js'
import type { Surroundings } from './process-context.js'

/** Everywhere a run is shown: the person's text, programs' JSON, files. */
export interface Outputs {
  event(moment: Moment): void
  /**
   * Tells how it ended. The summary's file is on disk when this returns: after Ctrl+C a parent may kill the process within 0.25 s.
   */
  finish(summary: Summary): void
  /** When all is handed to the operating system, or lost. */
  flushed(): Promise<void>
  /** The first output that failed. */
  readonly lost: OutputLost | undefined
  /** Gives the terminal back when a run ends without {@link finish}. */
  dispose(): void
}

/** What is known of a run before it begins. */
export interface RunContext extends Pick<EndingContext, 'endpoints' | 'rate'> {
  readonly expected?: Tally
}

/** The screen for people: stderr where stdout belongs to a program. */
export async function openPeopleScreen(options: Pick<OutputOptions, 'json' | 'events'>, s: Surroundings): Promise<Screen> {
  const out = options.json || options.events ? s.stderr : s.stdout
  return openScreen({ out, err: s.stderr, env: s.env })
}

/** Opens every output that was asked for; a file that can't be written is refused before anything starts. */
export async function openOutputs(
  options: OutputOptions,
  screen: Screen,
  context: RunContext,
  s: Surroundings,
): Promise<Outputs> {
  const path = (typed: string) => resolveUserPath(typed, s.env, s.cwd)
  const jsonFile = options.jsonFile === undefined ? undefined : path(options.jsonFile)
  if (jsonFile !== undefined) checkWritable(jsonFile, '--json-file')
  const detail = options.quiet ? 'quiet' : options.verbose ? 'verbose' : 'normal'
  const color = useColor(s.env, options.color, screen.isTerminal)
  const { tool, shownVersion, version } = s
  const text = { tool, version: shownVersion, detail, ticker: systemTicker, ...context } as const
  const programs = lineWriter(s.stdout)

  const renderers: Renderer[] = [textRenderer({ ...text, screen, color })]
  if (options.events) renderers.push(eventsRenderer(programs))
  const log = options.logFile === undefined ? undefined : await openLog(path(options.logFile))
  const logged = log && lineWriter(log, `--log-file ${options.logFile ?? ''}`)
  if (log !== undefined) renderers.push(logRenderer(log, text))

  let lost: OutputLost | undefined
  const note = (error: unknown): void => {
    if (!(error instanceof OutputLost)) throw error
    lost ??= error
  }

  return {
    get lost() {
      return lost
    },
    event(moment) {
      for (const renderer of renderers) renderer.event(moment)
    },
    finish(summary) {
      const about = { tool: 's3-sync', version, ...(context.endpoints && { endpoints: context.endpoints }) } as const
      const json = JSON.stringify(jsonSummary(summary, about))
      if (jsonFile !== undefined) {
        try {
          writeAtomically(jsonFile, `${json}\n`, 0o644)
        } catch (error) {
          note(new OutputLost(`--json-file ${jsonFile}`, errorCode(error)))
        }
      }
      for (const renderer of renderers) renderer.finish(summary)
      if (options.json) programs.line(json)
    },
    async flushed() {
      await Promise.all([programs, screen, ...(logged ? [logged] : [])].map((each) => each.delivered().catch(note)))
      if (log !== undefined) await new Promise<void>((resolve) => log.end(resolve))
    },
    dispose() {
      for (const renderer of renderers) renderer.dispose()
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

function unwritable(option: string, file: string, error: unknown): Refusal {
  const why = errorCode(error) === '' && error instanceof Error ? error.message : errorCode(error)
  return badInput(
    `${option}: ${file} can't be written (${why}).`,
    'Name a file in a directory that exists and is yours to write.',
  )
}
