import { from, lastValueFrom, mergeMap, NEVER, tap, toArray } from 'rxjs'
import { type EmbeddedS3, startEmbeddedS3 } from '../../demo/embedded-server.js'
import { isIdentical } from '../../demo/is-identical.js'
import { sampleObjects, writeSampleObject } from '../../demo/sample-objects.js'
import { statePaths } from '../../io/files/paths.js'
import { runId } from '../../io/files/run-id.js'
import { openStore, type S3Store } from '../../io/s3/store.js'
import { fileCandidates } from '../../io/spill/delete-candidates.js'
import { fileSorter, spoolIn } from '../../io/spill/external-sort.js'
import { DEFAULTS } from '../../pipeline/plan/defaults.js'
import { KEEP } from '../../pipeline/plan/metadata-policy.js'
import { LARGEST_COPY, PART_THRESHOLD } from '../../pipeline/plan/part-size.js'
import type { SyncPlan } from '../../pipeline/plan/sync-plan.js'
import { MAX_MEMORY, streamsAtOnce } from '../../pipeline/run/memory-budget.js'
import type { Summary } from '../../pipeline/state/summary.js'
import { palette, useColor } from '../../reporters/colors.js'
import type { Screen } from '../../reporters/screen.js'
import { formatCount } from '../../reporters/text-format.js'
import { colorChoice, type OutputOptions } from '../args/output-options.js'
import { CliError } from '../run/cli-error.js'
import { openOutputs, openOutputScreen } from '../run/open-reporters.js'
import type { ExitCode, ProcessContext } from '../run/process-context.js'
import { wholeBucket } from '../run/resolve-pairs.js'
import { runJob } from '../run/run-job.js'
import { PROGRAM } from '../../io/program-name.js'

const BUCKET = 'holiday'
const OBJECTS = 3_000
const WORKERS = 10

/** What the steps of the demo work with. */
interface DemoContext {
  readonly source: S3Store
  readonly target: S3Store
  readonly output: OutputOptions
  readonly screen: Screen
  readonly proc: ProcessContext
}

/** `s3-sync demo`: runs the real sync between two embedded servers twice, then compares every object. Needs no network; everything is in memory. */
export async function demoCommand(output: OutputOptions, proc: ProcessContext): Promise<ExitCode> {
  const screen = await openOutputScreen(output, proc)
  const paint = palette(useColor(proc.env, colorChoice(output), screen.isTerminal))
  const say = (text: string): void => {
    if (!output.quiet) screen.out(text)
  }
  const servers = [await startEmbeddedS3(), await startEmbeddedS3()] as const
  const context: DemoContext = {
    source: await storeOf('a', servers[0]),
    target: await storeOf('b', servers[1]),
    output,
    screen,
    proc,
  }
  try {
    say(`${paint.good('✓')} Two embedded S3 servers are running: a at ${servers[0].endpoint}, b at ${servers[1].endpoint}`)
    const keys = await createObjects(context)
    say(`${paint.good('✓')} ${formatCount(keys.length)} objects were created in a:${BUCKET}`)
    const first = await syncOnce(context)
    if (first.exitCode !== 0) return first.exitCode
    say(paint.quiet('Second run: nothing is copied twice.'))
    const { json: _once, ...others } = output
    const second = await syncOnce({ ...context, output: others })
    if (second.exitCode !== 0) return second.exitCode
    if (second.totals.copied > 0) throw failed(`the second run copied ${second.totals.copied} objects again`)
    const different = await differingKeys(context, keys)
    if (different.length > 0) throw failed(`${different.length} objects differ, the first of them ${different[0] ?? ''}`)
    say(`${paint.good('✓')} Read back: all ${formatCount(keys.length)} objects are identical on both sides.`)
    await screen.flushed()
    return 0
  } finally {
    context.source.close()
    context.target.close()
    await Promise.all(servers.map((server) => server.stop()))
  }
}

function storeOf(name: string, { endpoint, accessKeyId, secretAccessKey }: EmbeddedS3): Promise<S3Store> {
  return openStore(
    { name, endpoint, accessKeyId, secretAccessKey, region: 'us-east-1' },
    { sockets: WORKERS + streamsAtOnce(MAX_MEMORY) },
  )
}

/** Creates the source's bucket and its objects; returns their keys. */
async function createObjects({ source, screen, proc }: DemoContext): Promise<readonly string[]> {
  const signal = proc.interrupted
  await source.createBucket({ bucket: BUCKET, signal })
  let created = 0
  const written = from(sampleObjects(OBJECTS)).pipe(
    mergeMap(async (sample) => {
      await writeSampleObject(source, BUCKET, sample, signal)
      return sample.key
    }, WORKERS),
    tap(() => screen.live?.draw(`Creating objects: ${formatCount(++created)} of ${formatCount(OBJECTS)}`)),
    toArray(),
  )
  try {
    return await lastValueFrom(written)
  } finally {
    screen.live?.clear()
  }
}

/** One run, the same as `s3-sync a:holiday b:holiday`. */
async function syncOnce({ source, target, output, screen, proc }: DemoContext): Promise<Summary> {
  const plan: SyncPlan = {
    ...{ run: runId(Date.now(), Math.random), source: `a:${BUCKET}`, target: `b:${BUCKET}` },
    pairs: [{ source: wholeBucket(BUCKET), target: wholeBucket(BUCKET) }],
    ...{
      workers: WORKERS,
      adaptive: false,
      retries: DEFAULTS.retries,
      retryDelayMs: DEFAULTS.retryDelayMs,
      compare: DEFAULTS.compare,
      ignoreExisting: false,
      keepNewer: false,
      keepTimes: false,
      versions: false,
      tellSkips: false,
      selection: { globs: [] },
      dryRun: false,
      verifiesOnly: false,
    },
    partThreshold: PART_THRESHOLD,
    largestWhole: PART_THRESHOLD,
    largestCopy: LARGEST_COPY,
    maxMemory: MAX_MEMORY,
    limits: {},
    serverSideCopy: false,
    proof: true,
    metadataPolicy: KEEP,
  }
  const { temp } = statePaths(proc.env, proc.home)
  const files = { sorter: fileSorter(temp), candidates: fileCandidates(spoolIn(temp)) }
  const outputs = await openOutputs(output, screen, {}, proc)
  const summary = await runJob({ plan, stores: { source, target }, ...files, notices: NEVER }, outputs, proc)
  if (outputs.failed !== undefined) throw outputs.failed
  return summary
}

/** Keys of objects that differ between source and target. */
async function differingKeys({ source, target, screen, proc }: DemoContext, keys: readonly string[]): Promise<readonly string[]> {
  let read = 0
  const compared = from(keys).pipe(
    mergeMap(async (key) => ((await isIdentical(source, target, BUCKET, key, proc.interrupted)) ? [] : [key]), WORKERS),
    tap(() => screen.live?.draw(`Reading back: ${formatCount(++read)} of ${formatCount(keys.length)}`)),
    toArray(),
  )
  try {
    return (await lastValueFrom(compared)).flat()
  } finally {
    screen.live?.clear()
  }
}

function failed(what: string): CliError {
  return new CliError(
    3,
    'DemoFailed',
    `The demo failed: ${what}.`,
    `Please report it to the maintainers of s3-sync, with the output of ${PROGRAM} demo --verbose.`,
  )
}
