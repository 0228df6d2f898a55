import { getSystemErrorMap } from 'node:util'
import { ConfigurationError } from '../../io/connections/configuration-error.js'
import { errorCode } from '../../io/files/atomic-files.js'
import { writeNamedFile } from '../../io/files/named-file.js'
import { resolveUserPath } from '../../io/files/paths.js'
import { StoreError } from '../../pipeline/ports/failure.js'
import { advise } from '../../reporters/error-advice.js'
import { Cancelled } from '../../prompts/cancelled.js'
import { printable } from '../../reporters/escape-terminal.js'
import { palette, useColor } from '../../reporters/colors.js'
import { OutputError } from '../../reporters/output-error.js'
import { jsonNotStarted } from '../../reporters/json-summary.js'
import { lineWriter } from '../../reporters/screen.js'
import { badInput, CliError, ErrorAtPlaces, type Places } from './cli-error.js'
import { ResultNotWritten } from './result-not-written.js'
import { type ExitCode, interruptOf, type ProcessContext } from './process-context.js'

/** How an error is reported. */
export interface ErrorReportOptions {
  /** For programs. */
  readonly places: Places
  /** A program reads stdout. */
  readonly json: boolean
  /** Path of `--json-file`, as typed. */
  readonly jsonFile?: string
  /** What a cancelled command has not done. */
  readonly undone: 'copied' | 'changed'
  /** Also show the stack. */
  readonly verbose: boolean
}

/** Reports why a command failed or was cancelled, and returns the exit code. */
export async function reportError(error: unknown, options: ErrorReportOptions, proc: ProcessContext): Promise<ExitCode> {
  if (error instanceof ErrorAtPlaces) return reportError(error.cause, { ...options, places: error.places }, proc)
  const { json, jsonFile, verbose, undone, places } = options
  const people = lineWriter(proc.stderr)
  const paint = palette(useColor(proc.env, undefined, proc.stderr.isTTY))
  const interrupt = interruptOf(proc)
  if (interrupt !== undefined || error instanceof Cancelled) {
    if (isBeforeRun(error)) people.line(`${paint.warning('!')} Cancelled: nothing was ${undone}.`)
    await people.flushed().catch(() => undefined)
    return interrupt === 'SIGTERM' ? 143 : 130
  }
  const say = ({ what, todo }: Pick<CliError, 'what' | 'todo'>): void => {
    people.line(`${paint.bad('✗')} ${printable(what)}`)
    people.line(`  ${printable(todo)}`)
  }
  // Programs already got the summary, as far as it could be written.
  if (error instanceof ResultNotWritten || error instanceof OutputError) {
    say(
      error instanceof ResultNotWritten
        ? error
        : { what: error.message, todo: 'Free disk space, or check the program that reads it, then run the same command again.' },
    )
    await people.flushed().catch(() => undefined)
    return 3
  }
  const cliError = asCliError(error)
  say(cliError)
  if (verbose && error instanceof Error && error.stack !== undefined)
    for (const line of error.stack.split('\n')) people.line(printable(line))
  const programs = lineWriter(proc.stdout)
  const { code, what: message, todo: hint } = cliError
  const about = { tool: 's3-sync', version: proc.version, at: Date.now(), ...places } as const
  const summary = JSON.stringify(jsonNotStarted({ code, message, hint }, about))
  if (json) programs.line(summary)
  if (jsonFile !== undefined) writeFailure(resolveUserPath(jsonFile, proc.env, proc.cwd), summary)
  await Promise.allSettled([people.flushed(), programs.flushed()])
  return cliError.exitCode
}

/** Whether the command was cancelled before the run: an interrupted run reports its own progress. */
function isBeforeRun(error: unknown): boolean {
  return error instanceof Cancelled || (error instanceof StoreError && error.failure.code === 'Aborted')
}

/** A file that can't be written is mostly the error that is being reported. */
function writeFailure(path: string, summary: string): void {
  try {
    writeNamedFile(path, `${summary}\n`)
  } catch {
    return
  }
}

function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error
  if (error instanceof ConfigurationError) return badInput(error.what, error.todo)
  if (error instanceof StoreError) {
    const { what, todo } = advise(error.failure, {})
    return new CliError(3, error.failure.code, what, todo)
  }
  const fromSystem = systemError(error)
  if (fromSystem !== undefined) return fromSystem
  const message = error instanceof Error ? error.message : String(error)
  return new CliError(
    3,
    'Unexpected',
    `Internal error: ${message}`,
    'Please report it to the maintainers of s3-sync, with the output of --verbose.',
  )
}

/** An error of the operating system; undefined for any other. */
function systemError(error: unknown): CliError | undefined {
  if (!(error instanceof Error && 'syscall' in error && typeof error.syscall === 'string')) return undefined
  const code = errorCode(error)
  const known = 'errno' in error && typeof error.errno === 'number' ? getSystemErrorMap().get(error.errno) : undefined
  const where = 'path' in error && typeof error.path === 'string' ? error.path : error.syscall
  return new CliError(
    3,
    code,
    `The operating system refused access to ${where}: ${known?.[1] ?? error.message} (${code}).`,
    'Check that it exists, its permissions and the free disk space; then run the same command again.',
  )
}
