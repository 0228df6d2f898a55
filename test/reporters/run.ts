import { Writable } from 'node:stream'
import { from, skip } from 'rxjs'
import { progress } from '../../src/pipeline/state/progress.js'
import { evolve, initialState, type RunState } from '../../src/pipeline/state/run-state.js'
import { summarize, type Summary } from '../../src/pipeline/state/summary.js'
import type { Failure } from '../../src/pipeline/ports/failure.js'
import type { EventOf, SyncEvent } from '../../src/pipeline/events/events.js'
import { wholePair, type BucketPair } from '../../src/pipeline/ports/bucket-pair.js'
import type { Reporter } from '../../src/reporters/reporter.js'
import type { LiveLine, Screen } from '../../src/reporters/screen.js'
import type { Ticker } from '../../src/reporters/ticker.js'

/** The start of every sample run: 2026-11-23T21:30:00Z. */
export const START = Date.UTC(2026, 10, 23, 21, 30)

export function pairOf(source: string, target = source): BucketPair {
  return { source: { bucket: source, prefix: '', self: false }, target: { bucket: target, prefix: '', self: false } }
}

export const MEDIA = pairOf('media')

export const DENIED: Failure = {
  kind: 'permanent',
  operation: 'GetObject',
  code: 'AccessDenied',
  status: 403,
  message: 'Access Denied',
  side: 'source',
}

export const REFUSED: Failure = {
  kind: 'transient',
  operation: 'ListObjectsV2',
  code: 'ConnectionRefused',
  message: 'connect ECONNREFUSED',
  side: 'source',
}

export function started(pairs: readonly BucketPair[] = [MEDIA], dryRun = false): EventOf<'run-started'> {
  return {
    type: 'run-started',
    schema: 1,
    at: START,
    run: 'RUN',
    source: 'a:media',
    target: 'b:media',
    pairs,
    dryRun,
    workers: 10,
  }
}

/** A page of `objects` objects of 1 KiB, of which `unchanged` are. */
export function page(objects: number, unchanged = 0, pair = MEDIA): EventOf<'page-decided'> {
  return {
    type: 'page-decided',
    at: START,
    shard: wholePair(pair),
    upTo: 'z',
    listed: { objects, bytes: objects * 1024 },
    skipped: unchanged === 0 ? {} : { unchanged: { objects: unchanged, bytes: unchanged * 1024 } },
    toCopy: { objects: objects - unchanged, bytes: (objects - unchanged) * 1024 },
    keys: [],
  }
}

export function copied(key: string, attempts = 1, pair = MEDIA): EventOf<'object-copied'> {
  return { type: 'object-copied', at: START, pair, key, targetKey: key, size: 1024, reason: 'new', etag: 'e', attempts }
}

export function failed(key: string, failure = DENIED, attempts = 1, pair = MEDIA): EventOf<'object-failed'> {
  return { type: 'object-failed', at: START, pair, key, size: 1024, attempts, failure }
}

export function completed(pair = MEDIA): SyncEvent {
  return { type: 'pair-completed', at: START, pair }
}

/** `seconds` after the start. */
export function finished(seconds: number): SyncEvent {
  return { type: 'run-finished', at: START + seconds * 1000 }
}

/** Passes each event to a reporter with the run's state, as the pipeline does. `before`: events that were reported earlier. Returns the last state. */
export function play(reporter: Reporter, events: readonly SyncEvent[], before: readonly SyncEvent[] = []): RunState {
  let state = initialState
  from([...before, ...events])
    .pipe(progress(), skip(before.length))
    .subscribe((moment) => {
      reporter.event(moment)
      state = moment.state
    })
  return state
}

export function summaryOf(events: readonly SyncEvent[]): Summary {
  return summarize(events.reduce(evolve, initialState), START)
}

export interface FakeScreen extends Screen {
  readonly outLines: string[]
  readonly errLines: string[]
  /** What the live line showed, in order; null when it was cleared. */
  readonly drawn: (string | null)[]
}

export function fakeScreen(options: { columns?: number; terminal?: boolean } = {}): FakeScreen {
  const outLines: string[] = []
  const errLines: string[] = []
  const drawn: (string | null)[] = []
  const live: LiveLine = { draw: (text) => void drawn.push(text), clear: () => void drawn.push(null) }
  return {
    outLines,
    errLines,
    drawn,
    out: (line) => void outLines.push(line),
    err: (line) => void errLines.push(line),
    isTerminal: options.terminal === true,
    columns: options.columns ?? 80,
    ...(options.terminal === true ? { live } : {}),
    flushed: () => Promise.resolve(),
    delivered: () => Promise.resolve(),
  }
}

/** A clock that moves only when `pass` is called. */
export class FakeTicker implements Ticker {
  #now = START
  readonly #timers = new Set<{ readonly ms: number; readonly tick: () => void }>()

  now(): number {
    return this.#now
  }

  every(ms: number, tick: () => void): () => void {
    const timer = { ms, tick }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  get timers(): number {
    return this.#timers.size
  }

  /** Advances by `ms` and ticks each timer once if its period has passed. */
  pass(ms: number): void {
    this.#now += ms
    for (const timer of this.#timers) if (ms >= timer.ms) timer.tick()
  }
}

/** Collects what is written to it. */
export class Sink extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}
