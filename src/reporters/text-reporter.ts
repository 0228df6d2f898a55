import type { EventOf } from '../pipeline/events/events.js'
import type { Tally } from '../pipeline/events/values.js'
import { overall, overallVerified, type RunState } from '../pipeline/state/run-state.js'
import { settled, type Totals } from '../pipeline/state/totals.js'
import { printable } from './escape-terminal.js'
import { palette } from './colors.js'
import { failures, lastWords, results, type EndingContext } from './summary-text.js'
import { eventLine, type Detail } from './event-lines.js'
import { count, outcome, pairName, progress, rule } from './text-format.js'
import { liveLine } from './progress-line.js'
import { Meter } from './speed-meter.js'
import type { Renderer } from './reporter.js'
import type { Screen } from './screen.js'
import type { Ticker } from './ticker.js'
import { comparison } from './verification-text.js'

export interface TextOptions extends EndingContext {
  /** `TOOL_NAME` and `TOOL_VERSION`, shown in the header. */
  readonly tool: string
  readonly version: string
  readonly screen: Screen
  readonly color: boolean
  readonly detail: Detail
  readonly ticker: Ticker
  /** What was counted before the run; lets the live line tell share and time left from the start. */
  readonly expected?: Tally
}

/** ms between two drawings of the live line: eight a second read as motion and cost nothing. */
const REDRAW = 125

/** What a person reads of a run, on a terminal with a line that moves. */
export function textRenderer(options: TextOptions): Renderer {
  const { screen, detail, ticker } = options
  const paint = palette(options.color)
  const live = detail === 'quiet' ? undefined : screen.live
  const meter = new Meter()
  const begun = new Set<number>()
  let latest: RunState | undefined
  let stopTicker: (() => void) | undefined

  const draw = (): void => {
    if (latest === undefined) return
    const now = ticker.now()
    const totals = overall(latest)
    const done = { objects: settled(totals), bytes: totals.bytesCopied + totals.bytesSkipped, bytesCopied: totals.bytesCopied }
    meter.sample(now, done)
    const speed = meter.speed(now)
    const total = known(latest, totals, options.expected)
    live?.draw(liveLine({ done, failed: totals.failed, ...(speed && { speed }), ...(total && { total }) }, screen.columns))
  }

  const start = (lines: readonly string[]): void => {
    if (detail !== 'quiet') for (const line of lines) screen.out(line)
    if (live !== undefined) stopTicker = ticker.every(REDRAW, draw)
  }

  const header = (event: EventOf<'run-started'>): string[] => [
    paint.quiet(rule(screen.columns)),
    `${paint.name(printable(options.tool))} ${printable(options.version)} ${paint.quiet(`· run ${event.run}`)}`,
    `${printable(event.source)} → ${printable(event.target)}${event.dryRun ? paint.warning(' · dry run, nothing is written') : ''}`,
    paint.quiet(`${event.pairs.length === 1 ? '1 bucket' : `${count(event.pairs.length)} buckets`} · ${event.workers} workers`),
    paint.quiet(rule(screen.columns)),
  ]

  const resumedHeader = (state: RunState): string[] => {
    const { started } = state
    const so = `resumed: ${outcome(overall(state), false)} so far`
    return started === undefined ? [] : [...header(started).slice(0, -1), paint.quiet(so), paint.quiet(rule(screen.columns))]
  }

  const announce = (state: RunState): void => {
    // A comparison is announced by its own line.
    if (begun.size === state.pairs.length || state.started?.verifiesOnly === true) return
    for (const [index, { pair, status }] of state.pairs.entries()) {
      if (status === 'waiting' || begun.has(index)) continue
      begun.add(index)
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
      if (line?.problem === true) screen.err(line.text)
      else if (line !== undefined && detail !== 'quiet') screen.out(line.text)
      if (due && detail !== 'quiet') screen.out(`  ${progressOf(state)}`)
    },
    finish(summary) {
      dispose()
      const words = lastWords(summary, paint, options)
      if (detail !== 'quiet') {
        const separator = paint.quiet(rule(screen.columns))
        for (const line of [separator, ...results(summary, paint, options), ...failures(summary, paint, options), separator])
          screen.out(line)
      }
      if (summary.exitCode !== 0) for (const line of words) screen.err(line)
      else if (detail !== 'quiet') for (const line of words) screen.out(line)
    },
    dispose,
  }
}

/** The line of every hundredth object, of what is being done at the time. */
function progressOf(state: RunState): string {
  const verified = overallVerified(state)
  return verified === undefined ? progress(overall(state), state.started?.dryRun === true) : comparison(verified)
}

/** All there is to settle: what was counted before, or what was listed once every listing has come to its end. */
function known({ pairs }: RunState, { listed, bytesListed }: Totals, expected: Tally | undefined): Tally | undefined {
  if (pairs.every(({ status }) => status === 'completed' || status === 'failed')) return { objects: listed, bytes: bytesListed }
  // The source may have grown since it was counted.
  return expected && { objects: Math.max(expected.objects, listed), bytes: Math.max(expected.bytes, bytesListed) }
}
