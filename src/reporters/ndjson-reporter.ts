import type { Renderer } from './reporter.js'
import type { LineWriter } from './screen.js'

/** `--events`: every event as one JSON object a line (NDJSON), keys exact. Folding the lines gives the summary. */
export function eventsRenderer(lines: LineWriter): Renderer {
  return {
    event: ({ event }) => lines.line(JSON.stringify(event)),
    finish: () => undefined,
    dispose: () => undefined,
  }
}
