import { ReplaySubject } from 'rxjs'
import type { Header } from '../../io/journal/header.js'
import { RateBook } from '../../io/files/measured-rates.js'
import { statePaths } from '../../io/files/paths.js'
import type { RemainingOfPair } from '../../pipeline/state/remaining-work.js'
import { isAt } from '../../pipeline/ports/relative-key.js'
import { StoreError } from '../../pipeline/ports/failure.js'
import type { Notice } from '../../pipeline/run/run-context.js'
import { parseArguments } from '../args/parse.js'
import type { SyncRequest } from '../args/request.js'
import type { OutputOptions } from '../args/output-options.js'
import { mergeResumeOptions, optionName } from '../args/resume-options.js'
import { customerKeyOf } from '../run/sse-c-keys.js'
import { openConnections, openLocation, type OpenSide } from '../run/open-endpoints.js'
import { lockRun } from '../run/run-locks.js'
import { openOutputs, openOutputScreen } from '../run/open-reporters.js'
import { badInput, ErrorAtPlaces } from '../run/cli-error.js'
import { rateKey, startRun } from '../run/start-run.js'
import { asCliError, findRun, readRunRecord, type RunRecord, laterVersionText } from './run-records.js'
import { keysFromFile } from '../run/files-from.js'
import { type ExitCode, inDirectory, type ProcessContext } from '../run/process-context.js'

/** The run to resume, options typed with it, and the outputs. */
export interface ResumeRequest {
  readonly run: string
  readonly typed: readonly string[]
  readonly output: OutputOptions
}

/** `s3-sync runs resume ID`: continues where an earlier process stopped. Locks the run before reading its journal. */
export async function resumeCommand({ run, typed, output }: ResumeRequest, proc: ProcessContext): Promise<ExitCode> {
  const paths = statePaths(proc.env, proc.home)
  const place = findRun(paths.runs, run)
  const unlock = lockRun(place)
  try {
    const record = await readRunRecord(place, true).catch((error: unknown) => {
      throw asCliError(error)
    })
    return await resume(record, { run, typed, output }, proc).catch((error: unknown) => {
      const { source, target } = record.journal.started
      throw new ErrorAtPlaces(error, { source, target })
    })
  } finally {
    unlock()
  }
}

/** Resumes a locked run. */
async function resume(record: RunRecord, { typed, output }: ResumeRequest, proc: ProcessContext): Promise<ExitCode> {
  const paths = statePaths(proc.env, proc.home)
  const { place } = record
  const header = resumable(record)
  const request = requestOf(header, typed, output)
  const startedIn = inDirectory(header.directory, proc)
  const screen = await openOutputScreen(output, proc)
  const notices = new ReplaySubject<Notice>()
  const message = laterVersionText(record.journal)
  if (message !== undefined) notices.next({ code: 'UnknownEvents', message })
  const book = openConnections(proc, (message) => screen.err(message))
  const source = await openLocation('source', request, book, notices, startedIn)
  const target = await openLocation('target', request, book, notices, startedIn)
  try {
    refuseOtherEndpoints(header, { source, target })
    refuseOtherKeys(header, request, startedIn)
    const { journal } = record
    const named = request.filesFrom === undefined ? undefined : remainingKeys(request.filesFrom, record, startedIn)
    const sides = { source, target }
    const rate = new RateBook(paths.rates).find(rateKey(sides))
    const endpoints = { source: source.context, target: target.context }
    const outputs = await openOutputs(output, screen, { endpoints, ...(rate && { rate }) }, proc)
    const input = { ...{ sides, options: request, tellSkips: output.verbose === true }, ...about(record) }
    const resumes = { place, header, journal }
    return await startRun({ ...input, arguments: header.arguments, ...(named && { named }), outputs, notices, resumes }, proc)
  } finally {
    source.store.close()
    target.store.close()
  }
}

function about({ journal: { started } }: RunRecord) {
  const { source, target, pairs } = started
  return { source, target, pairs }
}

/** @throws {CliError} if nothing is left to resume */
function resumable({ isUnfinished, journal, status, place }: RunRecord): Header {
  const { header } = journal
  if (header === undefined)
    throw badInput(`Run ${place.run} was made by an earlier version and can't be resumed.`, 'Start a new run.')
  if (journal.isLater)
    throw badInput(
      `Run ${place.run} was made by a later version (${header.version}) and can't be resumed by this one.`,
      'Resume it with that version, or start a new run: objects that are already at the target are not copied again.',
    )
  if (isUnfinished) return header
  const todo =
    status === 'refused'
      ? 'Start a new run, with --max-delete or --allow-empty-source if you mean it.'
      : 'Start a new run to copy what has changed since.'
  throw badInput(`Run ${place.run} has nothing left to do: it is ${status}.`, todo)
}

/** The run's request with the changed options. @throws {CliError} if an option must not change */
function requestOf(header: Header, typed: readonly string[], output: OutputOptions): SyncRequest {
  const { words, changed } = mergeResumeOptions(header.arguments, typed)
  if (changed !== undefined)
    throw badInput(
      changed.before === undefined
        ? `${changed.now} cannot be added to a resumed run.`
        : `--${optionName(changed.now)} cannot change in a resumed run: it was ${changed.before}, not ${changed.now}.`,
      'Leave it out, or start a new run.',
    )
  const parsed = parseArguments([...words, '--yes'], { isTerminal: false, globFiles: () => undefined })
  if (parsed.kind === 'sync') return { ...parsed.request, output }
  throw badInput(
    `The command line of run ${header.run} can no longer be read${parsed.kind === 'error' ? `: ${parsed.what}` : '.'}`,
    'Start a new run.',
  )
}

/** @throws {CliError} if a connection points to another endpoint than when the run started */
function refuseOtherEndpoints({ endpoints, run }: Header, sides: { readonly source: OpenSide; readonly target: OpenSide }): void {
  for (const side of ['source', 'target'] as const) {
    const [before, now] = [endpoints[side], sides[side].store.endpoint]
    if (before === now) continue
    throw badInput(
      `The ${side} of run ${run} was at ${before}; its connection now points to ${now}.`,
      'Change the connection back, or start a new run.',
    )
  }
}

/** @throws {CliError} if the SSE-C key of a side is not the one that the run was started with */
function refuseOtherKeys({ customerKeys, run }: Header, request: SyncRequest, proc: ProcessContext): void {
  for (const side of ['source', 'target'] as const) {
    const [before, now] = [customerKeys?.[side], customerKeyOf(side, request, proc)?.fingerprint]
    if (before === now) continue
    const what =
      before === undefined
        ? 'without a key of its own'
        : now === undefined
          ? 'with a key of its own (SSE-C)'
          : 'with another key (SSE-C)'
    throw badInput(
      `Run ${run} was started ${what} for the ${side}.`,
      `Give it the same: --${side}-sse-key FILE, or S3_SYNC_${side.toUpperCase()}_SSE_KEY; or start a new run.`,
    )
  }
}

/** The keys of `--files-from` after those that the run has read. */
function remainingKeys(file: string, { journal, summary }: RunRecord, proc: ProcessContext): AsyncIterable<readonly string[]> {
  const [pair] = journal.left.pairs
  const [shard] = pair?.shards ?? []
  if (pair === undefined || shard === undefined) return none()
  return skipKeys(keysFromFile(file, proc), summary.totals.listed, shard)
}

async function* skipKeys(
  pages: AsyncIterable<readonly string[]>,
  count: number,
  { pair, after }: RemainingOfPair['shards'][number],
): AsyncGenerator<readonly string[]> {
  let skipped = 0
  for await (const page of pages) {
    const last = count - skipped - 1
    const reached =
      last >= 0 && last < page.length ? page.slice(0, last + 1).findLast((key) => isAt(pair.source, key)) : undefined
    if (reached !== undefined && reached !== after) throw listChanged()
    if (skipped + page.length > count) yield page.slice(Math.max(0, count - skipped))
    skipped += page.length
  }
  if (skipped < count) throw listChanged()
}

function listChanged(): StoreError {
  const message = 'the keys of --files-from have changed since the run started'
  return new StoreError({ kind: 'fatal', operation: 'Listing', code: 'BadKeyList', message, side: 'source' })
}

// eslint-disable-next-line @typescript-eslint/require-await -- same type as the generator that reads the file
async function* none(): AsyncGenerator<never> {
  yield* []
}
