import { ReplaySubject } from 'rxjs'
import type { Header } from '../../io/journal/header.js'
import { RateBook } from '../../io/files/measured-rates.js'
import { statePaths } from '../../io/files/paths.js'
import type { RemainingOfPair } from '../../pipeline/state/remaining-work.js'
import { isAt } from '../../pipeline/ports/relative-key.js'
import { StoreError } from '../../pipeline/ports/failure.js'
import type { Notice } from '../../pipeline/run/run-context.js'
import { parseArguments } from '../args/parse.js'
import type { OutputOptions, SyncRequest } from '../args/request.js'
import { merged, optionName } from '../args/resume-options.js'
import { customerKeyOf } from '../run/sse-c-keys.js'
import { openBook, openLocation, type Side } from '../run/open-endpoints.js'
import { lockRun } from '../run/run-locks.js'
import { openOutputs, openPeopleScreen } from '../run/open-reporters.js'
import { badInput } from '../run/cli-error.js'
import { between, runDecided } from '../run/start-run.js'
import { asRefusal, findRun, recordOf, type RunRecord, unknownInWords } from './run-records.js'
import { namedKeys } from '../run/files-from.js'
import { type ExitCode, startedIn, type Surroundings } from '../run/process-context.js'

/** What a resume is asked for: the run, options that were typed with it, and where it is shown. */
export interface ResumeRequest {
  readonly run: string
  readonly typed: readonly string[]
  readonly output: OutputOptions
}

/** `s3-sync runs resume ID`: continues where an earlier process stopped. Alone on the run before its journal is read. */
export async function resumeCommand({ run, typed, output }: ResumeRequest, s: Surroundings): Promise<ExitCode> {
  const paths = statePaths(s.env, s.home)
  const place = findRun(paths.runs, run)
  const unlock = lockRun(place)
  try {
    const record = await recordOf(place, true).catch((error: unknown) => {
      throw asRefusal(error)
    })
    const header = resumable(record)
    const request = requestOf(header, typed, output)
    const there = startedIn(header.directory, s)
    const screen = await openPeopleScreen(output, s)
    const notices = new ReplaySubject<Notice>()
    const { unknownEvents } = record.told
    if (unknownEvents.size > 0) notices.next({ code: 'UnknownEvents', message: unknownInWords(unknownEvents) })
    const book = openBook(s, (message) => screen.err(message))
    const source = await openLocation('source', request, book, notices, there)
    const target = await openLocation('target', request, book, notices, there)
    try {
      refuseElsewhere(header, { source, target })
      refuseOtherKeys(header, request, there)
      const { told } = record
      const named = request.filesFrom === undefined ? undefined : namedLeft(request.filesFrom, record, there)
      const sides = { source, target }
      const rate = new RateBook(paths.rates).find(between(sides))
      const endpoints = { source: source.context, target: target.context }
      const outputs = await openOutputs(output, screen, { endpoints, ...(rate && { rate }) }, s)
      const intent = { ...{ sides, options: request, tellSkips: output.verbose }, ...about(record) }
      const resumes = { place, header, told }
      return await runDecided({ ...intent, arguments: header.arguments, ...(named && { named }), outputs, notices, resumes }, s)
    } finally {
      source.store.close()
      target.store.close()
    }
  } finally {
    unlock()
  }
}

function about({ told: { started } }: RunRecord) {
  const { source, target, pairs } = started
  return { source, target, pairs }
}

/** @throws {Refusal} where nothing is left to resume */
function resumable({ isUnfinished, told, status, place }: RunRecord): Header {
  const { header } = told
  if (header === undefined)
    throw badInput(`Run ${place.run} was made by an earlier version and can't be resumed.`, 'Start a new run.')
  if (isUnfinished) return header
  const todo =
    status === 'refused'
      ? 'Start a new run, with --max-delete or --allow-empty-source if you mean it.'
      : 'Start a new run to copy what has changed since.'
  throw badInput(`Run ${place.run} has nothing left to do: it is ${status}.`, todo)
}

/** The run's own request, with what may be changed of it. @throws {Refusal} */
function requestOf(header: Header, typed: readonly string[], output: OutputOptions): SyncRequest {
  const { words, changed } = merged(header.arguments, typed)
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

/** @throws {Refusal} where a connection leads to another endpoint than when the run began */
function refuseElsewhere({ endpoints, run }: Header, sides: { readonly source: Side; readonly target: Side }): void {
  for (const side of ['source', 'target'] as const) {
    const [before, now] = [endpoints[side], sides[side].store.endpoint]
    if (before === now) continue
    throw badInput(
      `The ${side} of run ${run} was at ${before}; its connection now points to ${now}.`,
      'Change the connection back, or start a new run.',
    )
  }
}

/** @throws {Refusal} where a side's objects would be encrypted with another key than those before, or with none */
function refuseOtherKeys({ customerKeys, run }: Header, request: SyncRequest, s: Surroundings): void {
  for (const side of ['source', 'target'] as const) {
    const [before, now] = [customerKeys?.[side], customerKeyOf(side, request, s)?.fingerprint]
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

/** The keys of `--files-from` behind those that were read already. */
function namedLeft(file: string, { told, summary }: RunRecord, s: Surroundings): AsyncIterable<readonly string[]> {
  const [pair] = told.left.pairs
  const [shard] = pair?.shards ?? []
  if (pair === undefined || shard === undefined) return none()
  return behind(namedKeys(file, s), summary.totals.listed, shard)
}

async function* behind(
  pages: AsyncIterable<readonly string[]>,
  count: number,
  { pair, after }: RemainingOfPair['shards'][number],
): AsyncGenerator<readonly string[]> {
  let passed = 0
  for await (const page of pages) {
    const last = count - passed - 1
    const reached =
      last >= 0 && last < page.length ? page.slice(0, last + 1).findLast((key) => isAt(pair.source, key)) : undefined
    if (reached !== undefined && reached !== after) throw anotherList()
    if (passed + page.length > count) yield page.slice(Math.max(0, count - passed))
    passed += page.length
  }
  if (passed < count) throw anotherList()
}

function anotherList(): StoreError {
  const message = 'the keys of --files-from have changed since the run started'
  return new StoreError({ kind: 'fatal', operation: 'Listing', code: 'BadKeyList', message, side: 'source' })
}

// eslint-disable-next-line @typescript-eslint/require-await -- of the shape of those that read a file
async function* none(): AsyncGenerator<never> {
  yield* []
}
