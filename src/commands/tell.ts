import { ConfigurationError } from '../io/connections/configuration-error.js'
import { resolveUserPath } from '../io/state/paths.js'
import { StoreError } from '../pipeline/errors.js'
import { advise } from '../prompts/advice.js'
import { Cancelled } from '../prompts/cancelled.js'
import { printable } from '../prompts/printable.js'
import { palette, useColor } from '../prompts/render/colors.js'
import { jsonFailure } from '../prompts/render/json.js'
import { lineWriter } from '../prompts/render/screen.js'
import { badInput, Refusal } from './refusal.js'
import { type ExitCode, interruptOf, type Surroundings } from './surroundings.js'

/** How what went wrong is to be told. */
export interface Telling {
  /** A program reads stdout. */
  readonly json: boolean
  /** A program reads this file, as it was typed. */
  readonly jsonFile?: string
  /** Show where in this tool it came from. */
  readonly verbose: boolean
}

/** Tells why a command ended before its end, and hands back the exit code for it. */
export async function tell(error: unknown, { json, jsonFile, verbose }: Telling, s: Surroundings): Promise<ExitCode> {
  const interrupt = interruptOf(s)
  if (interrupt !== undefined) return interrupt === 'SIGINT' ? 130 : 143
  if (error instanceof Cancelled) return 130
  const refusal = asRefusal(error)
  const people = lineWriter(s.stderr)
  const paint = palette(useColor(s.env, undefined, s.stderr.isTTY))
  people.line(`${paint.bad('✗')} ${printable(refusal.what)}`)
  people.line(`  ${printable(refusal.todo)}`)
  if (verbose && error instanceof Error && error.stack !== undefined) people.line(printable(error.stack))
  const programs = lineWriter(s.stdout)
  const { code, what: message, todo: hint } = refusal
  const summary = JSON.stringify(jsonFailure({ code, message, hint }, { tool: 's3-sync', version: s.version, at: Date.now() }))
  if (json) programs.line(summary)
  if (jsonFile !== undefined) await writeFailure(resolveUserPath(jsonFile, s.env, s.cwd), summary)
  await Promise.all([people.flushed(), programs.flushed()])
  return refusal.exitCode
}

/** Where the file can't be written, that is mostly what was refused: it was told already. */
async function writeFailure(path: string, summary: string): Promise<void> {
  const { writeAtomically } = await import('../io/state/files.js')
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
  const message = error instanceof Error ? error.message : String(error)
  return new Refusal(
    3,
    'Unexpected',
    `Something happened that should not: ${message}`,
    'Please report it, with what --verbose shows.',
  )
}
