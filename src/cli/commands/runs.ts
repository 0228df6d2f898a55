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
import { lossInWords } from '../../reporters/loss-text.js'
import { jsonLeft, leftInWords, runLines } from '../../reporters/runs-text.js'
import { lineWriter, openScreen, type Screen } from '../../reporters/screen.js'
import { failures, lastWords, results } from '../../reporters/summary-text.js'
import { count, objectName, pairName } from '../../reporters/text-format.js'
import { parseArguments } from '../args/parse.js'
import type { OutputOptions, RunsAction } from '../args/request.js'
import { badInput, Refusal } from '../run/cli-error.js'
import { openBook, openLocation } from '../run/open-endpoints.js'
import { canAsk, type ExitCode, startedIn, type Surroundings } from '../run/process-context.js'
import { lockRun } from '../run/run-locks.js'
import { resumeCommand } from './resume.js'
import { asRefusal, findRun, recordOf, type RunRecord, unknownInWords } from './run-records.js'

type Request = RunsAction & { readonly output: OutputOptions; readonly yes: boolean }

/** What every action works with. */
interface Counter {
  readonly runs: string
  readonly screen: Screen
  readonly color: boolean
  readonly paint: ReturnType<typeof palette>
  readonly json: boolean
  readonly programs: ReturnType<typeof lineWriter>
}

/** `s3-sync runs …` */
export async function runsCommand(request: Request, s: Surroundings): Promise<ExitCode> {
  const { output } = request
  if (request.action === 'resume') return resumeCommand(request, s)
  const screen = await openScreen({ out: output.json ? s.stderr : s.stdout, err: s.stderr, env: s.env })
  const color = useColor(s.env, output.color, screen.isTerminal)
  const { runs } = statePaths(s.env, s.home)
  const counter = { runs, screen, color, paint: palette(color), json: output.json, programs: lineWriter(s.stdout) }
  const exitCode = await act(request, counter, s).catch((error: unknown) => {
    throw asRefusal(error)
  })
  await Promise.all([screen.flushed(), counter.programs.flushed()])
  return exitCode
}

async function act(
  request: Exclude<Request, { readonly action: 'resume' }>,
  counter: Counter,
  s: Surroundings,
): Promise<ExitCode> {
  switch (request.action) {
    case 'list':
      await list(counter)
      return 0
    case 'show':
      await (request.names === 'failed'
        ? showFailed(request.run, request.bucket, counter)
        : request.names === 'lost'
          ? showLost(request.run, counter)
          : show(request.run, counter, s))
      return 0
    case 'prune': {
      const { olderThan } = request
      return prune('at' in olderThan ? olderThan.at : Date.now() - olderThan.agoMs, request.yes, counter, s)
    }
  }
}

/** Every run that can be read, the latest first; of the others, why not. */
async function records({ runs, screen }: Counter): Promise<readonly RunRecord[]> {
  const read: RunRecord[] = []
  for (const place of keptRuns(runs)) {
    try {
      read.push(await recordOf(place))
    } catch (error) {
      const refusal = asRefusal(error)
      if (!(refusal instanceof Refusal)) throw error
      screen.err(printable(refusal.what))
    }
  }
  return read
}

async function list(counter: Counter): Promise<void> {
  const { screen, paint, json, programs } = counter
  const all = await records(counter)
  if (json) {
    const runs = all.map(({ summary, status, isUnfinished, told }) => ({
      ...{ run: summary.run, status, source: summary.source, target: summary.target },
      startedAt: new Date(summary.startedAt).toISOString(),
      finishedAt: told.state.finishedAt === undefined ? null : new Date(told.state.finishedAt).toISOString(),
      ...{ totals: summary.totals, resumable: isUnfinished, left: jsonLeft(told.left), journal: summary.journal },
    }))
    programs.line(JSON.stringify({ schema: 1, runs }))
    return
  }
  if (all.length === 0) screen.out('There are no runs yet.')
  for (const record of all) for (const line of runLines({ ...record, left: record.told.left }, paint)) screen.out(line)
}

async function show(typed: string, { runs, screen, paint, json, programs }: Counter, s: Surroundings): Promise<void> {
  const { summary, status, isUnfinished, told } = await recordOf(findRun(runs, typed))
  if (json) {
    programs.line(JSON.stringify(jsonSummary(summary, { tool: 's3-sync', version: told.header?.version ?? s.version })))
    return
  }
  for (const line of runLines({ summary, status, isUnfinished, left: told.left }, paint)) screen.out(line)
  for (const line of results(summary, paint, {})) screen.out(line)
  for (const line of failures(summary, paint, {})) screen.out(line)
  if (told.unknownEvents.size > 0) screen.out(`${paint.warning('!')} ${unknownInWords(told.unknownEvents)}`)
  if (status === 'killed') screen.out(`${paint.warning('!')} Its process was killed; objects already copied remain.`)
  else if (status !== 'running') for (const line of lastWords(summary, paint, {})) screen.out(line)
  if (isUnfinished && (status === 'killed' || status === 'refused'))
    screen.out(`  Resume with: s3-sync runs resume ${summary.run} (remaining: ${leftInWords(told.left)})`)
  screen.out(paint.quiet(`journal: ${summary.journal ?? ''}`))
}

/** The objects that lost something, a line each, or a JSON object each. */
async function showLost(typed: string, { runs, programs, json }: Counter): Promise<void> {
  for await (const { pair, key, losses } of lossesIn(findRun(runs, typed).journal)) {
    if (json) programs.line(JSON.stringify({ bucket: pair.source.bucket, key, losses }))
    else programs.line(`${objectName(pair, key)}: ${printable(losses.map(lossInWords).join(', '))}`)
  }
}

/** The keys that failed, one a line; separated by NULs where a key holds a line end. Nothing else, so that `--files-from` takes it. */
async function showFailed(typed: string, bucket: string | undefined, { runs, programs, json, screen }: Counter): Promise<void> {
  const { isTerminal } = screen
  const place = findRun(runs, typed)
  const { told } = await recordOf(place)
  const having = told.left.pairs.filter(({ failures: { told: all, gone } }) => all > gone)
  const meant = bucket === undefined ? having : having.filter(({ pair }) => pair.source.bucket === bucket)
  if (meant.length > 1)
    throw badInput(
      `Objects of ${meant.length} buckets failed: ${meant.map(({ pair }) => pairName(pair)).join(', ')}.`,
      'Choose one: --buckets NAME.',
    )
  const of = meant[0]?.pair.source.bucket
  let separator = '\n'
  for await (const { pair, key } of failuresIn(place.journal, told))
    if (pair.source.bucket === of && /[\n\r]/.test(key)) separator = '\0'
  for await (const event of failuresIn(place.journal, told)) {
    if (event.pair.source.bucket !== of) continue
    const { key, failure, attempts } = event
    if (json) programs.line(JSON.stringify({ bucket: of, key, ...failure, attempts }))
    else programs.line(isTerminal ? printable(key) : key, isTerminal ? '\n' : separator)
  }
}

/** Removes runs that began before `before` (ms since the epoch); what they left open at the target is aborted first. 1: some had to stay. */
async function prune(before: number, yes: boolean, counter: Counter, s: Surroundings): Promise<ExitCode> {
  const { screen, color, paint, json, programs } = counter
  const old = (await records(counter)).filter(({ summary, status }) => summary.startedAt < before && status !== 'running')
  const unfinished = old.filter(({ isUnfinished }) => isUnfinished)
  if (!yes && old.length > 0) {
    if (!canAsk(s, json)) throw badInput('There is no terminal to confirm on.', 'Add --yes to remove them without being asked.')
    for (const record of unfinished) for (const line of runLines({ ...record, left: record.told.left }, paint)) screen.out(line)
    const questions = openQuestions({ input: s.stdin, output: screen.isTerminal ? s.stdout : s.stderr, color })
    const which = unfinished.length === 0 ? '' : `, ${count(unfinished.length)} of them unfinished`
    if (!(await questions.confirm(`Remove ${runsInWords(old.length)}${which}?`, false))) throw new Cancelled()
  }
  const removed: string[] = []
  for (const record of old) if (await pruneOne(record, counter, s)) removed.push(record.summary.run)
  if (json) programs.line(JSON.stringify({ schema: 1, removed }))
  const stay = old.length - removed.length
  if (!json && stay === 0) screen.out(`${paint.good('✓')} Removed ${runsInWords(removed.length)}.`)
  if (stay === 0) return 0
  screen.err(
    `${paint.bad('✗')} Removed ${runsInWords(removed.length)}; ${runsInWords(stay)} could not be removed. Fix the cause, then prune again.`,
  )
  return 1
}

function runsInWords(many: number): string {
  return many === 1 ? '1 run' : `${count(many)} runs`
}

/** Whether it is gone. One whose uploads can't be aborted stays: nothing else knows of them. */
async function pruneOne({ place, told }: RunRecord, { screen, paint }: Counter, s: Surroundings): Promise<boolean> {
  let unlock: () => void = () => undefined
  try {
    unlock = lockRun(place)
    // Since a person was asked it may have gone on.
    const now = await recordOf(place, true)
    await abortUploads(now.told, screen, s)
    removeRun(place)
    return true
  } catch (thrown) {
    const error = asRefusal(thrown)
    if (!(error instanceof StoreError || error instanceof Refusal)) throw error
    const at = told.header === undefined ? {} : { endpoint: told.header.endpoints.target }
    const why = error instanceof Refusal ? error.what : advise(error.failure, at).what
    const { length } = told.left.uploads
    const uploads = length === 1 ? '1 unfinished upload' : `${length} unfinished uploads`
    const because = length === 0 ? 'was not removed.' : `was not removed: ${uploads} could not be aborted.`
    screen.err(`${paint.warning('!')} Run ${place.run} ${because} ${printable(why)}`)
    return false
  } finally {
    unlock()
  }
}

async function abortUploads({ header, left: { uploads } }: RunRecord['told'], screen: Screen, s: Surroundings): Promise<void> {
  if (header === undefined || uploads.length === 0) return
  const parsed = parseArguments([...header.arguments, '--yes'], { isTerminal: false, globFiles: () => undefined })
  if (parsed.kind !== 'sync') throw badInput('its command line can no longer be read', '')
  const book = openBook(s, (message) => screen.err(message))
  const there = startedIn(header.directory, s)
  const { store } = await openLocation('target', parsed.request, book, new ReplaySubject<Notice>(), there)
  try {
    // Elsewhere they would not be found, and be taken for gone.
    if (store.endpoint !== header.endpoints.target)
      throw badInput(`Its target was at ${header.endpoints.target}; the connection now points to ${store.endpoint}.`, '')
    for (const { started } of uploads) await abort(store, started, s.interrupted)
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
    // With its bucket the upload is gone.
    if (!(error instanceof StoreError) || error.failure.code !== 'NoSuchBucket') throw error
  }
}
