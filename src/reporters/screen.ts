import type { Writable } from 'node:stream'
import { OutputLost } from './output-lost.js'

/** A stream people or programs read; `process.stdout` is one. */
export type Outlet = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** One line at the bottom of a terminal that is drawn over again and again. */
export interface LiveLine {
  /** One row of text without a line end, shorter than the terminal is wide. */
  draw(text: string): void
  clear(): void
}

/** Where people's text goes. Lines come without their line end; a live line steps aside for them and comes back below. */
export interface Screen {
  out(line: string): void
  /** For problems. */
  err(line: string): void
  readonly isTerminal: boolean
  /** Width in cells, as it is now; 80 where it is unknown. */
  readonly columns: number
  /** Only on a terminal that can move its cursor. */
  readonly live?: LiveLine
  /** When all is handed to the operating system. @throws {OutputLost} when something could not be written, but not because its reader left */
  flushed(): Promise<void>
  /** The same, for what must reach its reader. @throws {OutputLost} also when that left */
  delivered(): Promise<void>
}

export interface LineWriter extends Pick<Screen, 'flushed' | 'delivered'> {
  /** Drops the line when the stream can't be written any more. */
  line(text: string, end?: string): void
}

/** A reader that left (`| head -1`), a terminal that was closed: who only looks has seen enough. */
const READER_LEFT = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

/** What kept each stream from being written. Kept by stream: several write to one, and after an error Node throws at each of them. */
const broken = new WeakMap<Writable, OutputLost>()
/** A full disk refuses even nothing: what was never written to has lost nothing. */
const used = new WeakSet<Writable>()

/** Writes lines to a stream that may fail at any time: its reader leaves, its disk is full. Whoever writes is never disturbed. */
export function lineWriter(stream: Writable, name = nameOf(stream)): LineWriter {
  const note = (error: unknown): void => {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
    if (!broken.has(stream)) broken.set(stream, new OutputLost(name, code))
  }
  stream.on('error', note)
  const write = (text: string, done?: () => void): void => {
    try {
      stream.write(text, done)
    } catch (error) {
      note(error)
      done?.()
    }
  }
  const delivered = async (): Promise<void> => {
    if (!used.has(stream)) return
    if (!broken.has(stream)) await new Promise<void>((resolve) => write('', resolve))
    const lost = broken.get(stream)
    if (lost !== undefined) throw lost
  }
  return {
    line(text, end = '\n') {
      used.add(stream)
      if (!broken.has(stream)) write(text + end)
    },
    delivered,
    flushed: () =>
      delivered().catch((error: unknown) => {
        if (!(error instanceof OutputLost && READER_LEFT.has(error.code))) throw error
      }),
  }
}

function nameOf(stream: Writable): string {
  return 'fd' in stream && stream.fd === 2 ? 'Standard error' : 'Standard output'
}

/** A screen over two streams, the same one for both where stdout belongs to a program (`--json`). log-update is loaded only for a terminal. */
export async function openScreen(streams: {
  readonly out: Outlet
  readonly err: Outlet
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

function screenOver(out: Outlet, err: Outlet, line: LiveLine | undefined): Screen {
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

async function openLiveLine(stream: Outlet): Promise<LiveLine> {
  const { createLogUpdate } = await import('log-update')
  // The cursor stays visible: hiding it would install signal handlers to bring it back, and signals belong to the run.
  const update = createLogUpdate(stream, { showCursor: true })
  return { draw: (text) => update(text), clear: () => update.clear() }
}
