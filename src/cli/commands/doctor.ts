import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../../io/connection.js'
import type { World } from '../../doctor/subject.js'
import { writeAtomically } from '../../io/files/atomic-files.js'
import { resolveUserPath } from '../../io/files/paths.js'
import { StoreError } from '../../pipeline/ports/failure.js'
import type { Examination } from '../../doctor/report.js'
import { advise } from '../../reporters/error-advice.js'
import type { DoctorRequest, OutputOptions } from '../args/request.js'
import { printable } from '../../reporters/escape-terminal.js'
import { palette, useColor } from '../../reporters/colors.js'
import { findingLines, jsonExamination, leftLines, tallyLine } from '../../reporters/doctor-text.js'
import { lineWriter } from '../../reporters/screen.js'
import { awsConnection, contextOf, findConnection, openBook } from '../run/open-endpoints.js'
import { checkWritable, openPeopleScreen } from '../run/open-reporters.js'
import { refused } from '../run/cli-error.js'
import { type ExitCode, interruptOf, type Surroundings } from '../run/process-context.js'

type Request = DoctorRequest & { readonly output: OutputOptions }

/** `s3-sync doctor`: what an endpoint can, row by row as it is found out. Ends with 0 whatever the server can or can't, with 1 where something stayed there. */
export async function doctorCommand({ name, bucket, output }: Request, s: Surroundings): Promise<ExitCode> {
  const screen = await openPeopleScreen(output, s)
  const jsonFile = output.jsonFile === undefined ? undefined : resolveUserPath(output.jsonFile, s.env, s.cwd)
  if (jsonFile !== undefined) checkWritable(jsonFile, '--json-file')
  const book = openBook(s, (message) => screen.err(message))
  const connection = name === undefined ? awsConnection(s) : await findConnection(name, book)
  const paint = palette(useColor(s.env, output.color, screen.isTerminal))
  const patient = await open(connection, bucket)
  const { endpoint } = patient.store
  if (!output.quiet) screen.out(`${paint.name(printable(connection.name))} ${paint.quiet(printable(endpoint))}`)
  const { examine } = await import('../../doctor/examine.js')
  const examination = await examine(patient, s.interrupted, (finding) => {
    if (output.quiet && (finding.verdict === 'yes' || finding.verdict === 'unknown')) return
    for (const line of findingLines(finding, paint)) screen.out(line)
  }).finally(() => patient.close())
  const error = errorOf(examination, connection)
  if (!output.quiet) screen.out(`${tallyLine(examination.findings)}.`)
  const { left } = examination
  if (!output.quiet || left.length > 0)
    for (const line of leftLines(examination, paint))
      if (left.length > 0) screen.err(line)
      else screen.out(line)
  if (error !== undefined) {
    screen.err(`${paint.bad('✗')} ${printable(error.message)}`)
    screen.err(`  ${printable(error.hint)}`)
  }
  const about = { version: s.version, connection: connection.name, endpoint, ...(error && { error }) }
  const json = JSON.stringify(jsonExamination(examination, about))
  if (jsonFile !== undefined) writeAtomically(jsonFile, `${json}\n`, 0o644)
  const programs = lineWriter(s.stdout)
  if (output.json) programs.line(json)
  await Promise.all([screen.flushed(), programs.flushed()])
  const interrupt = interruptOf(s)
  if (interrupt !== undefined) return interrupt === 'SIGINT' ? 130 : 143
  if (error !== undefined) return 3
  return left.length === 0 ? 0 : 1
}

const WORLD: World = {
  now: Date.now,
  random: randomBytes,
  pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
}

async function open(connection: Connection, bucket: string | undefined) {
  try {
    const { openPatient } = await import('../../doctor/subject.js')
    return await openPatient(connection, { bucket, world: WORLD })
  } catch (error) {
    if (error instanceof StoreError) throw refused(error.failure, contextOf(connection))
    throw error
  }
}

/** Why it could not go on, for people and programs. */
function errorOf({ ended, bucket }: Examination, connection: Connection) {
  if (ended === undefined) return undefined
  const { what, todo } = advise(ended, { ...contextOf(connection), ...(bucket !== null && { bucket }) })
  return { code: ended.code, message: what, hint: todo }
}
