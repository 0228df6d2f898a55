import type { Reporter } from './reporter.js'
import type { LineWriter } from './screen.js'

/** `--events`: every event as one JSON object a line (NDJSON), keys not escaped. Folding the lines gives the summary. */
export function ndjsonReporter(lines: LineWriter): Reporter {
  return {
    event: ({ event }) => lines.line(JSON.stringify(event)),
    finish: () => undefined,
    dispose: () => undefined,
  }
}
