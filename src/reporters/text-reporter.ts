import type { EventOf } from '../pipeline/events/events.js'
import type { Tally } from '../pipeline/events/values.js'
import { overall, overallVerified, type RunState } from '../pipeline/state/run-state.js'
import { settled, type Totals } from '../pipeline/state/totals.js'
import { printable } from './escape-terminal.js'
import { palette } from './colors.js'
import { failureLines, closingLines, resultLines, type SummaryContext } from './summary-text.js'
import { eventLine, type DetailLevel } from './event-lines.js'
import { formatCount, outcomeText, pairName, progressText, separator } from './text-format.js'
import { liveLineText } from './progress-line.js'
import { SpeedMeter } from './speed-meter.js'
import type { Reporter } from './reporter.js'
import type { Screen } from './screen.js'
import type { Ticker } from './ticker.js'
import { comparisonText } from './verification-text.js'

export interface TextReporterOptions extends SummaryContext {
  /** `TOOL_NAME` and `TOOL_VERSION`, shown in the header. */
  readonly tool: string
  readonly version: string
  readonly screen: Screen
  readonly color: boolean
  readonly detail: DetailLevel
  readonly ticker: Ticker
  /** The objects counted before the run; with it, the live line shows share and time left from the start. */
  readonly expected?: Tally
}

/** ms between two updates of the live line: eight a second look smooth and cost little. */
const REDRAW = 125

/** Shows a run as text; on a terminal with a live line. */
export function textReporter(options: TextReporterOptions): Reporter {
  const { screen, detail, ticker } = options
  const paint = palette(options.color)
  const live = detail === 'quiet' ? undefined : screen.live
  const meter = new SpeedMeter()
  const announced = new Set<number>()
  let latest: RunState | undefined
  let stopTicker: (() => void) | undefined

  const draw = (): void => {
    if (latest === undefined) return
    const now = ticker.now()
    const totals = overall(latest)
    const done = { objects: settled(totals), bytes: totals.bytesCopied + totals.bytesSkipped, bytesCopied: totals.bytesCopied }
    meter.sample(now, done)
    const speed = meter.speed(now)
    const total = totalOf(latest, totals, options.expected)
    live?.draw(liveLineText({ done, failed: totals.failed, ...(speed && { speed }), ...(total && { total }) }, screen.columns))
  }

  const start = (lines: readonly string[]): void => {
    if (detail !== 'quiet') for (const line of lines) screen.out(line)
    if (live !== undefined) stopTicker = ticker.every(REDRAW, draw)
  }

  const header = (event: EventOf<'run-started'>): string[] => [
    paint.quiet(separator(screen.columns)),
    `${paint.name(printable(options.tool))} ${printable(options.version)} ${paint.quiet(`· run ${event.run}`)}`,
    `${printable(event.source)} → ${printable(event.target)}${event.dryRun ? paint.warning(' · dry run, nothing is written') : ''}`,
    paint.quiet(
      `${event.pairs.length === 1 ? '1 bucket' : `${formatCount(event.pairs.length)} buckets`} · ${event.workers} workers`,
    ),
    paint.quiet(separator(screen.columns)),
  ]

  const resumedHeader = (state: RunState): string[] => {
    const { started } = state
    const so = `resumed: ${outcomeText(overall(state), false)} so far`
    return started === undefined ? [] : [...header(started).slice(0, -1), paint.quiet(so), paint.quiet(separator(screen.columns))]
  }

  const announce = (state: RunState): void => {
    // A comparison is announced by its own line.
    if (announced.size === state.pairs.length || state.started?.verifiesOnly === true) return
    for (const [index, { pair, status }] of state.pairs.entries()) {
      if (status === 'waiting' || announced.has(index)) continue
      announced.add(index)
      screen.out(`${paint.name(pairName(pair))} ${paint.quiet(`(${index + 1} of ${state.pairs.length})`)}`)
    }
  }

  const dispose = (): void => {
    stopTicker?.()
    stopTicker = undefined
    latest = undefined
    live?.clear()
  }

  return {
    event({ event, state, progress: due }) {
      latest = state
      if (event.type === 'run-started') start(header(event))
      if (event.type === 'run-resumed') start(resumedHeader(state))
      if (detail !== 'quiet') announce(state)
      const line = eventLine(event, paint, detail)
      if (line?.isProblem === true) screen.err(line.text)
      else if (line !== undefined && detail !== 'quiet') screen.out(line.text)
      if (due && detail !== 'quiet') screen.out(`  ${progressOf(state)}`)
    },
    finish(summary) {
      dispose()
      const words = closingLines(summary, paint, options)
      if (detail !== 'quiet') {
        const line = paint.quiet(separator(screen.columns))
        for (const text of [line, ...resultLines(summary, paint, options), ...failureLines(summary, paint, options), line])
          screen.out(text)
      }
      if (summary.exitCode !== 0) for (const line of words) screen.err(line)
      else if (detail !== 'quiet') for (const line of words) screen.out(line)
    },
    dispose,
  }
}

/** The progress line of every hundredth object: of the copies, or of the comparison if it has begun. */
function progressOf(state: RunState): string {
  const verified = overallVerified(state)
  return verified === undefined ? progressText(overall(state), state.started?.dryRun === true) : comparisonText(verified)
}

/** The total of the run: the objects counted before it, or, once every listing has finished, those listed. */
function totalOf({ pairs }: RunState, { listed, bytesListed }: Totals, expected: Tally | undefined): Tally | undefined {
  if (pairs.every(({ status }) => status === 'completed' || status === 'failed')) return { objects: listed, bytes: bytesListed }
  // The source may have grown since it was counted.
  return expected && { objects: Math.max(expected.objects, listed), bytes: Math.max(expected.bytes, bytesListed) }
}
