#!/usr/bin/env node
import { setMaxListeners } from 'node:events'
import { homedir } from 'node:os'
import { globFileReader } from './cli/run/glob-file-reader.js'
import type { ExitCode, ProcessContext } from './cli/run/process-context.js'
import { parseArguments } from './cli/args/parse.js'
import type { ParsedCommand } from './cli/args/request.js'
import { lineWriter } from './reporters/screen.js'

declare const S3_SYNC_VERSION: string

/** Width of help that is not shown on a terminal. */
const DEFAULT_COLUMNS = 100

/** Runs a parsed command. Each command is imported when it is called: `--version` must not wait for the SDK. */
async function run(parsed: ParsedCommand, proc: ProcessContext): Promise<ExitCode> {
  switch (parsed.kind) {
    case 'version':
      return print(`${S3_SYNC_VERSION}\n`)
    case 'help':
      return print(
        (await import('./cli/args/help.js')).helpText(
          parsed.command,
          process.stdout.isTTY ? process.stdout.columns : DEFAULT_COLUMNS,
        ),
      )
    case 'completion':
      return print((await import('./cli/args/completion.js')).completionScript(parsed.shell))
    case 'sync':
    case 'verify':
      return (await import('./cli/commands/sync.js')).syncCommand(parsed.request, proc)
    case 'wizard':
      return (await import('./cli/commands/wizard.js')).wizardCommand(parsed.request, proc)
    case 'connections':
      return (await import('./cli/commands/connections.js')).connectionsCommand(parsed, proc)
    case 'runs':
      return (await import('./cli/commands/runs.js')).runsCommand(parsed, proc)
    case 'doctor':
      return (await import('./cli/commands/doctor.js')).doctorCommand(parsed.request, proc)
    case 'demo':
      return (await import('./cli/commands/demo.js')).demoCommand(parsed.output, proc)
    case 'error': {
      const { badInput } = await import('./cli/run/cli-error.js')
      const { suggestLocation } = await import('./cli/run/suggest-location.js')
      const suggestion = parsed.word === undefined ? undefined : await suggestLocation(parsed.word, proc)
      throw badInput(parsed.what, suggestion ?? parsed.todo)
    }
  }
}

async function print(text: string): Promise<ExitCode> {
  const lines = lineWriter(process.stdout)
  lines.line(text, '')
  await lines.flushed()
  return 0
}

function processContext(): ProcessContext {
  const { stdin, stdout, stderr, env } = process
  const controller = new AbortController()
  // Every request in flight adds a listener.
  setMaxListeners(0, controller.signal)
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(code)
      controller.abort(signal)
    })
  }
  return {
    ...{ stdin, stdout, stderr, env, home: homedir(), cwd: process.cwd() },
    tool: env['TOOL_NAME'] ?? 's3-sync',
    shownVersion: env['TOOL_VERSION'] ?? S3_SYNC_VERSION,
    version: S3_SYNC_VERSION,
    interrupted: controller.signal,
  }
}

const proc = processContext()
const isTerminal = process.stdin.isTTY && (process.stdout.isTTY || process.stderr.isTTY)
const parsed = parseArguments(process.argv.slice(2), { isTerminal, globFiles: globFileReader(proc) })
try {
  process.exit(await run(parsed, proc))
} catch (error) {
  const { reportError } = await import('./cli/run/report-error.js')
  const output = 'output' in parsed ? parsed.output : 'request' in parsed ? parsed.request.output : undefined
  const json = output?.json ?? (parsed.kind === 'error' && parsed.json)
  const undone = parsed.kind === 'connections' || parsed.kind === 'runs' ? 'changed' : 'copied'
  const jsonFile = output?.['json-file'] === undefined ? {} : { jsonFile: output['json-file'] }
  const { placesOf } = await import('./cli/args/places.js')
  const places = placesOf(parsed)
  process.exit(await reportError(error, { json, ...jsonFile, verbose: output?.verbose ?? false, undone, places }, proc))
}
