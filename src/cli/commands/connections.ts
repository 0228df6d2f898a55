import type { ConnectionBook, Listed } from '../../io/connections/connection-book.js'
import { resolveUserPath } from '../../io/files/paths.js'
import { nameProblem } from '../../io/connections/validate.js'
import type { ConnectionOptions, ConnectionsAction, OutputOptions } from '../args/request.js'
import { Cancelled } from '../../prompts/cancelled.js'
import { connectNew } from '../../prompts/wizard/choose-connection.js'
import { showHeading } from '../../prompts/wizard/wizard-context.js'
import { editConnection } from '../../prompts/wizard/connection-form.js'
import { printable } from '../../reporters/escape-terminal.js'
import { openQuestions } from '../../prompts/questions.js'
import { type Palette, palette, useColor } from '../../reporters/colors.js'
import { lineWriter, openScreen, type Screen } from '../../reporters/screen.js'
import { configured, findConnection, openBook } from '../run/open-endpoints.js'
import { wizardAdapter } from './wizard-adapter.js'
import { badInput, Refusal, refused } from '../run/cli-error.js'
import { canAsk, type ExitCode, type Surroundings } from '../run/process-context.js'

type Request = ConnectionsAction & { readonly output: OutputOptions; readonly yes: boolean }

/** What every action works with. `tell` prints for people, and `answer` for programs when they asked for JSON. */
interface Counter {
  readonly book: ConnectionBook
  readonly screen: Screen
  readonly paint: Palette
  readonly color: boolean
  readonly answer: (json: Readonly<Record<string, unknown>>, lines: readonly string[]) => void
}

/** `s3-sync connections …` */
export async function connectionsCommand(request: Request, s: Surroundings): Promise<ExitCode> {
  const { json } = request.output
  const screen = await openScreen({ out: json ? s.stderr : s.stdout, err: s.stderr, env: s.env })
  const color = useColor(s.env, request.output.color, screen.isTerminal)
  const programs = lineWriter(s.stdout)
  const answer: Counter['answer'] = (value, lines) => {
    if (json) programs.line(JSON.stringify({ schema: 1, ...value }))
    else for (const line of lines) screen.out(line)
  }
  const counter = { book: openBook(s, (message) => screen.err(message)), screen, paint: palette(color), color, answer }
  await configured(() => act(request, counter, s))
  await Promise.all([screen.flushed(), programs.flushed()])
  return 0
}

function act(request: Request, counter: Counter, s: Surroundings): Promise<void> {
  switch (request.action) {
    case 'list':
      return list(counter)
    case 'show':
      return show(request.name, counter)
    case 'add':
      return add(request.name, request.options, counter, s)
    case 'test':
      return test(request.name, counter, s)
    case 'remove':
      return remove(request.name, request.yes, counter, s)
    case 'import':
      return importFrom(request.file, counter)
  }
}

const ORIGINS = {
  environment: 'from the environment',
  saved: 'saved',
  'old-file': 'from .s3-sync-temp of the older tool',
} as const

async function list({ book, paint, answer }: Counter): Promise<void> {
  const connections = await book.list()
  const width = Math.max(0, ...connections.map(({ name }) => name.length))
  const row = ({ name, endpoint, region, origin }: Listed): string =>
    `${paint.name(name.padEnd(width))}  ${printable(endpoint ?? 'AWS')}  ${paint.quiet(`${region ?? 'default region'}, ${ORIGINS[origin]}`)}`
  const none = 'There are no connections yet. Add one with: s3-sync connections add NAME'
  answer({ connections }, connections.length === 0 ? [none] : connections.map(row))
}

async function show(name: string, { book, paint, answer }: Counter): Promise<void> {
  await findConnection(name, book)
  const connection = (await book.list()).find((one) => one.name.toLowerCase() === name.toLowerCase())
  if (connection === undefined) throw new Error(`${name} was found and is not listed`)
  const lines = Object.entries(connection).map(([field, value]) => `${paint.quiet(field.padEnd(14))} ${printable(String(value))}`)
  answer({ connection }, [...lines, paint.quiet('Secrets are stored encrypted and never shown.')])
}

async function add(
  name: string,
  options: ConnectionOptions,
  { book, screen, paint, color, answer }: Counter,
  s: Surroundings,
): Promise<void> {
  const problem = nameProblem(name)
  if (problem !== undefined) throw badInput(`"${name}" is no valid connection name. ${problem}`, 'Choose another name.')
  if (!canAsk(s, !screen.isTerminal)) {
    const variable = `S3_SYNC_CONNECTION_${name.toUpperCase().replaceAll('-', '_')}`
    throw badInput('There is no terminal to ask on.', `For scripts, set ${variable}=http(s)://KEY:SECRET@HOST instead.`)
  }
  const { caFile } = options
  const told = { ...options, ...(caFile === undefined ? {} : { caFile: resolveUserPath(caFile, s.env, s.cwd) }) }
  const questions = openQuestions({ input: s.stdin, output: screen.isTerminal ? s.stdout : s.stderr, color })
  const wizard = { questions, port: wizardAdapter(book, s), screen, paint }
  showHeading(wizard, `Connection ${name}`)
  const old = (await book.list()).some((one) => one.name === name && one.origin === 'saved') ? await book.find(name) : undefined
  const made = await connectNew(wizard, 'source', await editConnection(wizard, { ...(old ?? { name }), ...told }))
  if (made === 'another')
    throw new Refusal(
      3,
      'NotKept',
      `The connection "${name}" was not saved: its login failed.`,
      'Check endpoint and keys, and add it again.',
    )
  answer({ added: name }, [])
}

async function test(name: string, { book, paint, answer }: Counter, s: Surroundings): Promise<void> {
  const connection = await findConnection(name, book)
  const seen = await wizardAdapter(book, s).listBuckets(name)
  switch (seen.kind) {
    case 'listed':
      answer({ name, ok: true, buckets: seen.names }, [`${paint.good('✓')} ${name}: connected, ${seen.names.length} buckets.`])
      return
    case 'denied':
      answer({ name, ok: true }, [
        `${paint.warning('!')} ${name}: connected; this login may not list buckets; name them in locations.`,
      ])
      return
    case 'failed':
      throw refused(seen.failure, { connection: name, endpoint: connection.endpoint ?? 'AWS' })
  }
}

async function remove(
  name: string,
  yes: boolean,
  { book, screen, color, paint, answer }: Counter,
  s: Surroundings,
): Promise<void> {
  const connection = (await book.list()).find((one) => one.name === name)
  if (connection === undefined) await findConnection(name, book)
  if (connection !== undefined && connection.origin !== 'saved') {
    throw badInput(`"${name}" is ${ORIGINS[connection.origin]}.`, 'Only saved connections can be removed.')
  }
  if (!yes) {
    if (!canAsk(s, !screen.isTerminal))
      throw badInput('There is no terminal to confirm on.', `Add --yes to remove ${name} without being asked.`)
    const questions = openQuestions({ input: s.stdin, output: screen.isTerminal ? s.stdout : s.stderr, color })
    if (!(await questions.confirm(`Remove the connection ${name}?`, false))) throw new Cancelled()
  }
  await book.remove(name)
  answer({ removed: name }, [`${paint.good('✓')} Removed ${name}.`])
}

async function importFrom(file: string, { book, paint, answer }: Counter): Promise<void> {
  const imported = await book.importFile(file)
  const none = 'Nothing was imported: its connections are already saved.'
  const some = [
    `${paint.good('✓')} Imported, now encrypted: ${imported.map(printable).join(', ')}`,
    `Remove ${printable(file)} when you no longer need it: its secrets are not encrypted.`,
  ]
  answer({ imported }, imported.length === 0 ? [none] : some)
}
