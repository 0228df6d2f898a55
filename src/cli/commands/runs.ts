import { ReplaySubject } from 'rxjs'
import { statePaths } from '../../io/files/paths.js'
import { failuresIn, lossesIn } from '../../io/journal/journal-reader.js'
import { keptRuns, removeRun } from '../../io/journal/run-directory.js'
import type { EventOf } from '../../pipeline/events/events.js'
import { StoreError } from '../../pipeline/ports/failure.js'
import type { ObjectStore } from '../../pipeline/ports/object-store.js'
import type { Notice } from '../../pipeline/run/run-context.js'
import { Cancelled } from '../../prompts/cancelled.js'
import { openQuestions } from '../../prompts/questions.js'
import { palette, useColor } from '../../reporters/colors.js'
import { advise } from '../../reporters/error-advice.js'
import { printable } from '../../reporters/escape-terminal.js'
import { jsonSummary } from '../../reporters/json-summary.js'
import { lossText } from '../../reporters/loss-text.js'
import { jsonRemaining, remainingText, runLines } from '../../reporters/runs-text.js'
import { lineWriter, openScreen, type Screen } from '../../reporters/screen.js'
import { failureLines, closingLines, resultLines } from '../../reporters/summary-text.js'
import { formatCount, objectName, pairName } from '../../reporters/text-format.js'
import { parseArguments } from '../args/parse.js'
import type { RunsAction } from '../args/request.js'
import { colorChoice, type OutputOptions } from '../args/output-options.js'
import { badInput, CliError } from '../run/cli-error.js'
import { openConnections, openLocation } from '../run/open-endpoints.js'
import { canAsk, type ExitCode, inDirectory, type ProcessContext } from '../run/process-context.js'
import { lockRun } from '../run/run-locks.js'
import { resumeCommand } from './resume.js'
import { asCliError, findRun, readRunRecord, type RunRecord, laterVersionText } from './run-records.js'
import { PROGRAM } from '../../io/program-name.js'

type Request = RunsAction & { readonly output: OutputOptions; readonly yes: boolean }

/** What every action works with. */
interface RunsContext {
  readonly runs: string
  readonly screen: Screen
  readonly color: boolean
  readonly paint: ReturnType<typeof palette>
  readonly json: boolean
  readonly programs: ReturnType<typeof lineWriter>
}

/** `s3-sync runs …` */
export async function runsCommand(request: Request, proc: ProcessContext): Promise<ExitCode> {
  const { output } = request
  if (request.action === 'resume') return resumeCommand(request, proc)
  const screen = await openScreen({ out: output.json ? proc.stderr : proc.stdout, err: proc.stderr, env: proc.env })
  const color = useColor(proc.env, colorChoice(output), screen.isTerminal)
  const { runs } = statePaths(proc.env, proc.home)
  const context = { runs, screen, color, paint: palette(color), json: output.json === true, programs: lineWriter(proc.stdout) }
  const exitCode = await act(request, context, proc).catch((error: unknown) => {
    throw asCliError(error)
  })
  await Promise.all([screen.flushed(), context.programs.flushed()])
  return exitCode
}

async function act(
  request: Exclude<Request, { readonly action: 'resume' }>,
  context: RunsContext,
  proc: ProcessContext,
): Promise<ExitCode> {
  switch (request.action) {
    case 'list':
      await list(context)
      return 0
    case 'show':
      await (request.names === 'failed'
        ? showFailed(request.run, request.bucket, context)
        : request.names === 'lost'
          ? showLost(request.run, context)
          : show(request.run, context, proc))
      return 0
    case 'prune': {
      const { olderThan } = request
      return prune('at' in olderThan ? olderThan.at : Date.now() - olderThan.agoMs, request.yes, context, proc)
    }
  }
}

/** Every run that can be read, the latest first; reports the others. */
async function records({ runs, screen }: RunsContext): Promise<readonly RunRecord[]> {
  const read: RunRecord[] = []
  for (const place of keptRuns(runs)) {
    try {
      read.push(await readRunRecord(place))
    } catch (error) {
      const cliError = asCliError(error)
      if (!(cliError instanceof CliError)) throw error
      screen.err(printable(cliError.what))
    }
  }
  return read
}

async function list(context: RunsContext): Promise<void> {
  const { screen, paint, json, programs } = context
  const all = await records(context)
  if (json) {
    const runs = all.map(({ summary, status, isUnfinished, journal }) => ({
      ...{ run: summary.run, status, source: summary.source, target: summary.target },
      startedAt: new Date(summary.startedAt).toISOString(),
      finishedAt: journal.state.finishedAt === undefined ? null : new Date(journal.state.finishedAt).toISOString(),
      ...{ totals: summary.totals, resumable: isUnfinished, left: jsonRemaining(journal.left), journal: summary.journal },
    }))
    programs.line(JSON.stringify({ schema: 1, runs }))
    return
  }
  if (keptRuns(context.runs).length === 0) screen.out('There are no runs yet.')
  for (const record of all) {
    for (const line of runLines({ ...record, remaining: record.journal.left }, paint)) screen.out(line)
    if (record.journal.isLater) screen.out(paint.warning(`  made by a later version (${record.journal.header?.version ?? ''})`))
  }
}

async function show(typed: string, { runs, screen, paint, json, programs }: RunsContext, proc: ProcessContext): Promise<void> {
  const { summary, status, isUnfinished, journal } = await readRunRecord(findRun(runs, typed))
  if (json) {
    programs.line(JSON.stringify(jsonSummary(summary, { tool: 's3-sync', version: journal.header?.version ?? proc.version })))
    return
  }
  for (const line of runLines({ summary, status, isUnfinished, remaining: journal.left }, paint)) screen.out(line)
  for (const line of resultLines(summary, paint, {})) screen.out(line)
  for (const line of failureLines(summary, paint, {})) screen.out(line)
  const later = laterVersionText(journal)
  if (later !== undefined) screen.out(`${paint.warning('!')} ${later}`)
  if (status === 'killed') screen.out(`${paint.warning('!')} Its process was killed; objects already copied remain.`)
  else if (status !== 'running') for (const line of closingLines(summary, paint, {})) screen.out(line)
  if (isUnfinished && (status === 'killed' || status === 'refused'))
    screen.out(`  Resume with: ${PROGRAM} runs resume ${summary.run} (remaining: ${remainingText(journal.left)})`)
  screen.out(paint.quiet(`journal: ${summary.journal ?? ''}`))
}

/** The objects that lost metadata: a line or a JSON object for each. */
async function showLost(typed: string, { runs, programs, json }: RunsContext): Promise<void> {
  for await (const { pair, key, losses } of lossesIn(findRun(runs, typed).journal)) {
    if (json) programs.line(JSON.stringify({ bucket: pair.source.bucket, key, losses }))
    else programs.line(`${objectName(pair, key)}: ${printable(losses.map(lossText).join(', '))}`)
  }
}

/** The keys that failed, one a line, or separated by NULs if a key contains a line end: input for `--files-from`. */
async function showFailed(
  typed: string,
  bucket: string | undefined,
  { runs, programs, json, screen }: RunsContext,
): Promise<void> {
  const { isTerminal } = screen
  const place = findRun(runs, typed)
  const { journal } = await readRunRecord(place)
  const withFailures = journal.left.pairs.filter(({ failures: { told: all, gone } }) => all > gone)
  const chosen = bucket === undefined ? withFailures : withFailures.filter(({ pair }) => pair.source.bucket === bucket)
  if (chosen.length > 1)
    throw badInput(
      `Objects of ${chosen.length} buckets failed: ${chosen.map(({ pair }) => pairName(pair)).join(', ')}.`,
      'Choose one: --buckets NAME.',
    )
  const of = chosen[0]?.pair.source.bucket
  let separator = '\n'
  for await (const { pair, key } of failuresIn(place.journal, journal))
    if (pair.source.bucket === of && /[\n\r]/.test(key)) separator = '\0'
  for await (const event of failuresIn(place.journal, journal)) {
    if (event.pair.source.bucket !== of) continue
    const { key, failure, attempts } = event
    if (json) programs.line(JSON.stringify({ bucket: of, key, ...failure, attempts }))
    else programs.line(isTerminal ? printable(key) : key, isTerminal ? '\n' : separator)
  }
}

/** Removes runs that started before `before` (ms since the epoch) and aborts their unfinished uploads first. Returns 1 if some could not be removed. */
async function prune(before: number, yes: boolean, context: RunsContext, proc: ProcessContext): Promise<ExitCode> {
  const { screen, color, paint, json, programs } = context
  const old = (await records(context)).filter(({ summary, status }) => summary.startedAt < before && status !== 'running')
  const unfinished = old.filter(({ isUnfinished }) => isUnfinished)
  if (!yes && old.length > 0) {
    if (!canAsk(proc, json))
      throw badInput('There is no terminal to confirm on.', 'Add --yes to remove them without being asked.')
    for (const record of unfinished)
      for (const line of runLines({ ...record, remaining: record.journal.left }, paint)) screen.out(line)
    const questions = openQuestions({ input: proc.stdin, output: screen.isTerminal ? proc.stdout : proc.stderr, color })
    const which = unfinished.length === 0 ? '' : `, ${formatCount(unfinished.length)} of them unfinished`
    if (!(await questions.confirm(`Remove ${runsInWords(old.length)}${which}?`, false))) throw new Cancelled()
  }
  const removed: string[] = []
  for (const record of old) if (await pruneOne(record, context, proc)) removed.push(record.summary.run)
  if (json) programs.line(JSON.stringify({ schema: 1, removed }))
  const notRemoved = old.length - removed.length
  if (!json && notRemoved === 0) screen.out(`${paint.good('✓')} Removed ${runsInWords(removed.length)}.`)
  if (notRemoved === 0) return 0
  screen.err(
    `${paint.bad('✗')} Removed ${runsInWords(removed.length)}; ${runsInWords(notRemoved)} could not be removed. Fix the cause, then prune again.`,
  )
  return 1
}

function runsInWords(many: number): string {
  return many === 1 ? '1 run' : `${formatCount(many)} runs`
}

/** Returns whether the run was removed. A run whose uploads can't be aborted is not: only its journal lists them. */
async function pruneOne({ place, journal }: RunRecord, { screen, paint }: RunsContext, proc: ProcessContext): Promise<boolean> {
  let unlock: () => void = () => undefined
  try {
    unlock = lockRun(place)
    // It may have been resumed since the confirmation.
    const now = await readRunRecord(place, true)
    await abortUploads(now.journal, screen, proc)
    removeRun(place)
    return true
  } catch (thrown) {
    const error = asCliError(thrown)
    if (!(error instanceof StoreError || error instanceof CliError)) throw error
    const at = journal.header === undefined ? {} : { endpoint: journal.header.endpoints.target }
    const why = error instanceof CliError ? error.what : advise(error.failure, at).what
    const { length } = journal.left.uploads
    const uploads = length === 1 ? '1 unfinished upload' : `${length} unfinished uploads`
    const because = length === 0 ? 'was not removed.' : `was not removed: ${uploads} could not be aborted.`
    screen.err(`${paint.warning('!')} Run ${place.run} ${because} ${printable(why)}`)
    return false
  } finally {
    unlock()
  }
}

async function abortUploads(
  { header, left: { uploads } }: RunRecord['journal'],
  screen: Screen,
  proc: ProcessContext,
): Promise<void> {
  if (header === undefined || uploads.length === 0) return
  const parsed = parseArguments([...header.arguments, '--yes'], { isTerminal: false, globFiles: () => undefined })
  if (parsed.kind !== 'sync') throw badInput('its command line can no longer be read', '')
  const book = openConnections(proc, (message) => screen.err(message))
  const startedIn = inDirectory(header.directory, proc)
  const { store } = await openLocation('target', parsed.request, book, new ReplaySubject<Notice>(), startedIn)
  try {
    // At another endpoint the uploads would not be found, and count as aborted.
    if (store.endpoint !== header.endpoints.target)
      throw badInput(`Its target was at ${header.endpoints.target}; the connection now points to ${store.endpoint}.`, '')
    for (const { started } of uploads) await abort(store, started, proc.interrupted)
  } finally {
    store.close()
  }
}

async function abort(
  store: ObjectStore,
  { pair, targetKey: key, uploadId }: EventOf<'upload-started'>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await store.multipart?.abortUpload({ bucket: pair.target.bucket, key, uploadId, signal })
  } catch (error) {
    // Without its bucket, the upload no longer exists.
    if (!(error instanceof StoreError) || error.failure.code !== 'NoSuchBucket') throw error
  }
}
