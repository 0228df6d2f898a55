import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../../io/connection.js'
import type { DoctorEnvironment } from '../../doctor/check-context.js'
import { writeNamedFile } from '../../io/files/named-file.js'
import { steadyNow } from '../../io/steady-clock.js'
import { resolveUserPath } from '../../io/files/paths.js'
import { StoreError } from '../../pipeline/ports/failure.js'
import type { DoctorReport } from '../../doctor/report.js'
import { advise } from '../../reporters/error-advice.js'
import type { DoctorRequest } from '../args/request.js'
import { colorChoice, type OutputOptions } from '../args/output-options.js'
import { printable } from '../../reporters/escape-terminal.js'
import { palette, useColor } from '../../reporters/colors.js'
import { findingLines, jsonDoctorReport, leftoverLines, verdictCountsLine } from '../../reporters/doctor-text.js'
import { lineWriter } from '../../reporters/screen.js'
import { awsConnection, adviceContextOf, findConnection, openConnections } from '../run/open-endpoints.js'
import { checkWritable, openOutputScreen } from '../run/open-reporters.js'
import { endpointError } from '../run/cli-error.js'
import { type ExitCode, interruptOf, type ProcessContext } from '../run/process-context.js'

type Request = DoctorRequest & { readonly output: OutputOptions }

/** `s3-sync doctor`: shows what an endpoint supports, row by row. Exits with 0 whatever the result, with 1 if something could not be removed. */
export async function doctorCommand({ name, bucket, output }: Request, proc: ProcessContext): Promise<ExitCode> {
  const screen = await openOutputScreen(output, proc)
  const jsonFile = output['json-file'] === undefined ? undefined : resolveUserPath(output['json-file'], proc.env, proc.cwd)
  if (jsonFile !== undefined) checkWritable(jsonFile, '--json-file')
  const book = openConnections(proc, (message) => screen.err(message))
  const connection = name === undefined ? await awsConnection(proc) : await findConnection(name, book, proc.env)
  const paint = palette(useColor(proc.env, colorChoice(output), screen.isTerminal))
  const context = await openContext(connection, bucket)
  const { endpoint } = context.store
  if (!output.quiet) screen.out(`${paint.name(printable(connection.name))} ${paint.quiet(printable(endpoint))}`)
  const { examine } = await import('../../doctor/examine.js')
  const report = await examine(context, proc.interrupted, (finding) => {
    if (output.quiet && (finding.verdict === 'yes' || finding.verdict === 'unknown')) return
    for (const line of findingLines(finding, paint)) screen.out(line)
  }).finally(() => context.close())
  const error = errorOf(report, connection)
  if (!output.quiet) screen.out(`${verdictCountsLine(report.findings)}.`)
  const { leftovers } = report
  if (!output.quiet || leftovers.length > 0)
    for (const line of leftoverLines(report, paint))
      if (leftovers.length > 0) screen.err(line)
      else screen.out(line)
  if (error !== undefined) {
    screen.err(`${paint.bad('✗')} ${printable(error.message)}`)
    screen.err(`  ${printable(error.hint)}`)
  }
  const about = { version: proc.version, connection: connection.name, endpoint, ...(error && { error }) }
  const json = JSON.stringify(jsonDoctorReport(report, about))
  if (jsonFile !== undefined) writeNamedFile(jsonFile, `${json}\n`)
  const programs = lineWriter(proc.stdout)
  if (output.json) programs.line(json)
  await Promise.all([screen.flushed(), programs.flushed()])
  const interrupt = interruptOf(proc)
  if (interrupt !== undefined) return interrupt === 'SIGINT' ? 130 : 143
  if (error !== undefined) return 3
  return leftovers.length === 0 ? 0 : 1
}

const ENVIRONMENT: DoctorEnvironment = {
  now: steadyNow,
  random: randomBytes,
  pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
}

async function openContext(connection: Connection, bucket: string | undefined) {
  try {
    const { openCheckContext } = await import('../../doctor/check-context.js')
    return await openCheckContext(connection, { bucket, environment: ENVIRONMENT })
  } catch (error) {
    if (error instanceof StoreError) throw endpointError(error.failure, adviceContextOf(connection))
    throw error
  }
}

/** Why the examination stopped early, for people and programs. */
function errorOf({ ended, bucket }: DoctorReport, connection: Connection) {
  if (ended === undefined) return undefined
  const { what, todo } = advise(ended, { ...adviceContextOf(connection), ...(bucket !== null && { bucket }) })
  return { code: ended.code, message: what, hint: todo }
}
