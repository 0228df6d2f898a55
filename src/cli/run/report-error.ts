import { getSystemErrorMap } from 'node:util'
import { ConfigurationError } from '../../io/connections/configuration-error.js'
import { errorCode, writeAtomically } from '../../io/files/atomic-files.js'
import { resolveUserPath } from '../../io/files/paths.js'
import { StoreError } from '../../pipeline/ports/failure.js'
import { advise } from '../../reporters/error-advice.js'
import { Cancelled } from '../../prompts/cancelled.js'
import { printable } from '../../reporters/escape-terminal.js'
import { palette, useColor } from '../../reporters/colors.js'
import { OutputLost } from '../../reporters/output-lost.js'
import { jsonFailure } from '../../reporters/json-summary.js'
import { lineWriter } from '../../reporters/screen.js'
import { badInput, Refusal } from './cli-error.js'
import { RunUntold } from './run-silently.js'
import { type ExitCode, interruptOf, type Surroundings } from './process-context.js'

/** How an error is reported. */
export interface Telling {
  /** A program reads stdout. */
  readonly json: boolean
  /** A program reads this file, as it was typed. */
  readonly jsonFile?: string
  /** What a command that was cancelled has not done. */
  readonly undone: 'copied' | 'changed'
  /** Show where in this tool it came from. */
  readonly verbose: boolean
}

/** Tells why a command ended before its end, and hands back the exit code for it. */
export async function tell(error: unknown, { json, jsonFile, verbose, undone }: Telling, s: Surroundings): Promise<ExitCode> {
  const people = lineWriter(s.stderr)
  const paint = palette(useColor(s.env, undefined, s.stderr.isTTY))
  const interrupt = interruptOf(s)
  if (interrupt !== undefined || error instanceof Cancelled) {
    if (isBeforeAll(error)) people.line(`${paint.warning('!')} Cancelled: nothing was ${undone}.`)
    await people.flushed().catch(() => undefined)
    return interrupt === 'SIGTERM' ? 143 : 130
  }
  const say = ({ what, todo }: Pick<Refusal, 'what' | 'todo'>): void => {
    people.line(`${paint.bad('✗')} ${printable(what)}`)
    people.line(`  ${printable(todo)}`)
  }
  // Programs have received it already, as far as possible.
  if (error instanceof RunUntold || error instanceof OutputLost) {
    say(
      error instanceof RunUntold
        ? error
        : { what: error.message, todo: 'Free disk space, or check the program that reads it, then run the same command again.' },
    )
    await people.flushed().catch(() => undefined)
    return 3
  }
  const refusal = asRefusal(error)
  say(refusal)
  if (verbose && error instanceof Error && error.stack !== undefined) people.line(printable(error.stack))
  const programs = lineWriter(s.stdout)
  const { code, what: message, todo: hint } = refusal
  const summary = JSON.stringify(jsonFailure({ code, message, hint }, { tool: 's3-sync', version: s.version, at: Date.now() }))
  if (json) programs.line(summary)
  if (jsonFile !== undefined) writeFailure(resolveUserPath(jsonFile, s.env, s.cwd), summary)
  await Promise.allSettled([people.flushed(), programs.flushed()])
  return refusal.exitCode
}

/** Left at a question, or while the endpoints were looked at: an interrupted run reports its own progress. */
function isBeforeAll(error: unknown): boolean {
  return error instanceof Cancelled || (error instanceof StoreError && error.failure.code === 'Aborted')
}

/** Where the file can't be written, that is mostly what was refused: it was reported already. */
function writeFailure(path: string, summary: string): void {
  try {
    writeAtomically(path, `${summary}\n`, 0o644)
  } catch {
    return
  }
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof ConfigurationError) return badInput(error.what, error.todo)
  if (error instanceof StoreError) {
    const { what, todo } = advise(error.failure, {})
    return new Refusal(3, error.failure.code, what, todo)
  }
  const machine = ofTheMachine(error)
  if (machine !== undefined) return machine
  const message = error instanceof Error ? error.message : String(error)
  return new Refusal(
    3,
    'Unexpected',
    `Internal error: ${message}`,
    'Please report it to the maintainers of s3-sync, with the output of --verbose.',
  )
}

/** What the operating system refused is no fault of this program. */
function ofTheMachine(error: unknown): Refusal | undefined {
  if (!(error instanceof Error && 'syscall' in error && typeof error.syscall === 'string')) return undefined
  const code = errorCode(error)
  const known = 'errno' in error && typeof error.errno === 'number' ? getSystemErrorMap().get(error.errno) : undefined
  const where = 'path' in error && typeof error.path === 'string' ? error.path : error.syscall
  return new Refusal(
    3,
    code,
    `The operating system refused access to ${where}: ${known?.[1] ?? error.message} (${code}).`,
    'Check that it exists, its permissions and the free disk space; then run the same command again.',
  )
}
