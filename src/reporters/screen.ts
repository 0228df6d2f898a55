import type { Writable } from 'node:stream'
import { OutputError } from './output-error.js'

/** An output stream such as `process.stdout`. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** The line at the bottom of a terminal that is redrawn in place. */
export interface LiveLine {
  /** One line of text without a line end, shorter than the terminal's width. */
  draw(text: string): void
  clear(): void
}

/** Output for people. Lines have no line end; the live line is redrawn below them. */
export interface Screen {
  out(line: string): void
  /** For problems. */
  err(line: string): void
  readonly isTerminal: boolean
  /** Current width in columns; 80 if unknown. */
  readonly columns: number
  /** Only on a terminal that can move its cursor. */
  readonly live?: LiveLine
  /** Resolves when everything is handed to the operating system. @throws {OutputError} if something could not be written, unless its reader left */
  flushed(): Promise<void>
  /** The same for output that must reach its reader. @throws {OutputError} also if the reader left */
  delivered(): Promise<void>
}

export interface LineWriter extends Pick<Screen, 'flushed' | 'delivered'> {
  /** Drops the line if the stream can no longer be written. */
  line(text: string, end?: string): void
}

/** Codes of a reader that left (`| head -1`) or a closed terminal: not an error for output that people only watch. */
const READER_LEFT = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

/** Why each stream could not be written. By stream: several writers share one, and after an error Node throws at each of them. */
const failures = new WeakMap<Writable, OutputError>()
/** Streams that were written to. A full disk refuses even an empty write, but an unused stream has lost nothing. */
const used = new WeakSet<Writable>()

/** Writes lines to a stream that may fail at any time: its reader leaves, its disk is full. Writing never throws. */
export function lineWriter(stream: Writable, name = nameOf(stream)): LineWriter {
  const noteError = (error: unknown): void => {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
    if (!failures.has(stream)) failures.set(stream, new OutputError(name, code))
  }
  stream.on('error', noteError)
  const write = (text: string, done?: () => void): void => {
    try {
      stream.write(text, done)
    } catch (error) {
      noteError(error)
      done?.()
    }
  }
  const delivered = async (): Promise<void> => {
    if (!used.has(stream)) return
    if (!failures.has(stream)) await new Promise<void>((resolve) => write('', resolve))
    const lost = failures.get(stream)
    if (lost !== undefined) throw lost
  }
  return {
    line(text, end = '\n') {
      used.add(stream)
      if (!failures.has(stream)) write(text + end)
    },
    delivered,
    flushed: () =>
      delivered().catch((error: unknown) => {
        if (!(error instanceof OutputError && READER_LEFT.has(error.code))) throw error
      }),
  }
}

function nameOf(stream: Writable): string {
  return 'fd' in stream && stream.fd === 2 ? 'Standard error' : 'Standard output'
}

/** A screen over two streams, the same one for both where stdout belongs to a program (`--json`). log-update is loaded only for a terminal. */
export async function openScreen(streams: {
  readonly out: OutputStream
  readonly err: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
}): Promise<Screen> {
  const { out, err, env } = streams
  const live = out.isTTY === true && env['TERM'] !== 'dumb' ? await openLiveLine(out) : undefined
  return screenOver(out, err, live)
}

/** A screen without a live line, e.g. over the stream of a log file. */
export function plainScreen(stream: Writable): Screen {
  return screenOver(stream, stream, undefined)
}

function screenOver(out: OutputStream, err: OutputStream, line: LiveLine | undefined): Screen {
  const outLines = lineWriter(out)
  const errLines = out === err ? outLines : lineWriter(err)
  let drawn: string | undefined
  const live: LiveLine | undefined = line && {
    draw(text) {
      drawn = text
      line.draw(text)
    },
    clear() {
      drawn = undefined
      line.clear()
    },
  }
  const above = (lines: LineWriter, text: string): void => {
    if (drawn !== undefined) line?.clear()
    lines.line(text)
    if (drawn !== undefined) line?.draw(drawn)
  }
  return {
    out: (text) => above(outLines, text),
    err: (text) => above(errLines, text),
    isTerminal: out.isTTY === true,
    get columns() {
      return out.columns ?? 80
    },
    ...(live === undefined ? {} : { live }),
    async flushed() {
      await Promise.all([outLines.flushed(), errLines.flushed()])
    },
    async delivered() {
      await Promise.all([outLines.delivered(), errLines.delivered()])
    },
  }
}

async function openLiveLine(stream: OutputStream): Promise<LiveLine> {
  const { createLogUpdate } = await import('log-update')
  // Hiding the cursor would install signal handlers that restore it, but the run handles signals.
  const update = createLogUpdate(stream, { showCursor: true })
  return { draw: (text) => update(text), clear: () => update.clear() }
}
