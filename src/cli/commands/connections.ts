import type { ConnectionBook, Listed } from '../../io/connections/connection-book.js'
import { resolveUserPath } from '../../io/files/paths.js'
import { nameProblem } from '../../io/connections/validate.js'
import type { ConnectionOptions, ConnectionsAction } from '../args/request.js'
import { colorChoice, type OutputOptions } from '../args/output-options.js'
import { Cancelled } from '../../prompts/cancelled.js'
import { connectNew } from '../../prompts/wizard/choose-connection.js'
import { showHeading } from '../../prompts/wizard/wizard-context.js'
import { editConnection } from '../../prompts/wizard/connection-form.js'
import { printable } from '../../reporters/escape-terminal.js'
import { openQuestions } from '../../prompts/questions.js'
import { type Palette, palette, useColor } from '../../reporters/colors.js'
import { lineWriter, openScreen, type Screen } from '../../reporters/screen.js'
import { withConfigurationErrors, findConnection, findListed, openConnections } from '../run/open-endpoints.js'
import { wizardAdapter } from './wizard-adapter.js'
import { badInput, CliError, endpointError } from '../run/cli-error.js'
import { canAsk, type ExitCode, type ProcessContext } from '../run/process-context.js'
import { PROGRAM } from '../../io/program-name.js'

type Request = ConnectionsAction & { readonly output: OutputOptions; readonly yes: boolean }

/** What every action works with. `answer` prints lines for people, or JSON with `--json`. */
interface ConnectionsContext {
  readonly book: ConnectionBook
  readonly screen: Screen
  readonly paint: Palette
  readonly color: boolean
  readonly answer: (json: Readonly<Record<string, unknown>>, lines: readonly string[]) => void
}

/** `s3-sync connections …` */
export async function connectionsCommand(request: Request, proc: ProcessContext): Promise<ExitCode> {
  const { json } = request.output
  const screen = await openScreen({ out: json ? proc.stderr : proc.stdout, err: proc.stderr, env: proc.env })
  const color = useColor(proc.env, colorChoice(request.output), screen.isTerminal)
  const programs = lineWriter(proc.stdout)
  const answer: ConnectionsContext['answer'] = (value, lines) => {
    if (json) programs.line(JSON.stringify({ schema: 1, ...value }))
    else for (const line of lines) screen.out(line)
  }
  const context = { book: openConnections(proc, (message) => screen.err(message)), screen, paint: palette(color), color, answer }
  await withConfigurationErrors(() => act(request, context, proc))
  await Promise.all([screen.flushed(), programs.flushed()])
  return 0
}

function act(request: Request, context: ConnectionsContext, proc: ProcessContext): Promise<void> {
  switch (request.action) {
    case 'list':
      return list(context)
    case 'show':
      return show(request.name, context)
    case 'add':
      return add(request.name, request.options, context, proc)
    case 'test':
      return test(request.name, context, proc)
    case 'remove':
      return remove(request.name, request.yes, context, proc)
    case 'import':
      return importFrom(request.file, context)
  }
}

const ORIGINS = {
  environment: 'from the environment',
  saved: 'saved',
  'old-file': 'from .s3-sync-temp of the older tool',
} as const

async function list({ book, paint, answer }: ConnectionsContext): Promise<void> {
  const connections = await book.list()
  const width = Math.max(0, ...connections.map(({ name }) => name.length))
  const row = ({ name, endpoint, region, origin }: Listed): string =>
    `${paint.name(name.padEnd(width))}  ${printable(endpoint ?? 'AWS')}  ${paint.quiet(`${region ?? 'default region'}, ${ORIGINS[origin]}`)}`
  const none = `There are no connections yet. Add one with: ${PROGRAM} connections add NAME`
  answer({ connections }, connections.length === 0 ? [none] : connections.map(row))
}

async function show(name: string, { book, paint, answer }: ConnectionsContext): Promise<void> {
  const connection = await findListed(name, book)
  const lines = Object.entries(connection).map(([field, value]) => `${paint.quiet(field.padEnd(14))} ${printable(String(value))}`)
  answer({ connection }, [...lines, paint.quiet('Secrets are stored encrypted and never shown.')])
}

async function add(
  name: string,
  options: ConnectionOptions,
  { book, screen, paint, color, answer }: ConnectionsContext,
  proc: ProcessContext,
): Promise<void> {
  const problem = nameProblem(name)
  if (problem !== undefined) throw badInput(`"${name}" is no valid connection name. ${problem}`, 'Choose another name.')
  if (!canAsk(proc, !screen.isTerminal)) {
    const variable = `S3_SYNC_CONNECTION_${name.toUpperCase().replaceAll('-', '_')}`
    throw badInput('There is no terminal to ask on.', `For scripts, set ${variable}=http(s)://KEY:SECRET@HOST instead.`)
  }
  const { caFile } = options
  const given = { ...options, ...(caFile === undefined ? {} : { caFile: resolveUserPath(caFile, proc.env, proc.cwd) }) }
  const questions = openQuestions({ input: proc.stdin, output: screen.isTerminal ? proc.stdout : proc.stderr, color })
  const wizard = { questions, port: wizardAdapter(book, proc), screen, paint }
  showHeading(wizard, `Connection ${name}`)
  const old = (await book.list()).some((one) => one.name === name && one.origin === 'saved') ? await book.find(name) : undefined
  const connected = await connectNew(wizard, 'source', await editConnection(wizard, { ...(old ?? { name }), ...given }))
  if (connected === 'another')
    throw new CliError(
      3,
      'NotKept',
      `The connection "${name}" was not saved: its login failed.`,
      'Check endpoint and keys, and add it again.',
    )
  answer({ added: name }, [])
}

async function test(name: string, { book, paint, answer }: ConnectionsContext, proc: ProcessContext): Promise<void> {
  const connection = await findConnection(name, book, proc.env)
  const result = await wizardAdapter(book, proc).listBuckets(name)
  switch (result.kind) {
    case 'listed':
      answer({ name, ok: true, buckets: result.names }, [
        `${paint.good('✓')} ${name}: connected, ${result.names.length} buckets.`,
      ])
      return
    case 'denied':
      answer({ name, ok: true }, [
        `${paint.warning('!')} ${name}: connected; this login may not list buckets; name them in locations.`,
      ])
      return
    case 'failed':
      throw endpointError(result.failure, { connection: name, endpoint: connection.endpoint ?? 'AWS' })
  }
}

async function remove(
  name: string,
  yes: boolean,
  { book, screen, color, paint, answer }: ConnectionsContext,
  proc: ProcessContext,
): Promise<void> {
  // A listed one can be removed even if it can't be used.
  const { origin } = (await book.list()).find((listed) => listed.name === name) ?? (await findListed(name, book))
  if (origin !== 'saved') throw badInput(`"${name}" is ${ORIGINS[origin]}.`, 'Only saved connections can be removed.')
  if (!yes) {
    if (!canAsk(proc, !screen.isTerminal))
      throw badInput('There is no terminal to confirm on.', `Add --yes to remove ${name} without being asked.`)
    const questions = openQuestions({ input: proc.stdin, output: screen.isTerminal ? proc.stdout : proc.stderr, color })
    if (!(await questions.confirm(`Remove the connection ${name}?`, false))) throw new Cancelled()
  }
  await book.remove(name)
  answer({ removed: name }, [`${paint.good('✓')} Removed ${name}.`])
}

async function importFrom(file: string, { book, paint, answer }: ConnectionsContext): Promise<void> {
  const imported = await book.importFile(file)
  const none = 'Nothing was imported: its connections are already saved.'
  const some = [
    `${paint.good('✓')} Imported, now encrypted: ${imported.map(printable).join(', ')}`,
    `Remove ${printable(file)} when you no longer need it: its secrets are not encrypted.`,
  ]
  answer({ imported }, imported.length === 0 ? [none] : some)
}
