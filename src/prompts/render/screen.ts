import type { Writable } from 'node:stream'

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
  /** Width in cells, as it is now; 80 where nobody knows. */
  readonly columns: number
  /** Only on a terminal that can move its cursor. */
  readonly live?: LiveLine
  /** When all is handed to the operating system. Rejects with what kept a stream from being written (a full disk), not because its reader left. */
  flushed(): Promise<void>
}

export interface LineWriter {
  /** Drops the line when the reader has gone. */
  line(text: string, end?: string): void
  flushed(): Promise<void>
}

/** A reader that left (`| head -1`), a terminal that was closed: no fault of the run, which goes on and keeps its exit code. */
const READER_LEFT = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

/** Writes lines to a stream whose reader may leave at any time. */
export function lineWriter(stream: Writable): LineWriter {
  let lost: NodeJS.ErrnoException | undefined
  stream.on('error', (error: NodeJS.ErrnoException) => {
    lost ??= error
  })
  return {
    line(text, end = '\n') {
      if (lost === undefined) stream.write(text + end)
    },
    async flushed() {
      if (lost === undefined) await new Promise<void>((resolve) => stream.write('', () => resolve()))
      if (lost !== undefined && !READER_LEFT.has(lost.code ?? '')) throw lost
    },
  }
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
  }
}

async function openLiveLine(stream: Outlet): Promise<LiveLine> {
  const { createLogUpdate } = await import('log-update')
  // The cursor stays visible: hiding it would install signal handlers to bring it back, and signals belong to the run.
  const update = createLogUpdate(stream, { showCursor: true })
  return { draw: (text) => update(text), clear: () => update.clear() }
}
