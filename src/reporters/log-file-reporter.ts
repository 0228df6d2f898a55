import type { Writable } from 'node:stream'
import type { Reporter } from './reporter.js'
import { plainScreen } from './screen.js'
import { textReporter, type TextReporterOptions } from './text-reporter.js'

/** `--log-file`: appends the text output to `file`, without colour and live line. */
export function logFileReporter(file: Writable, options: Omit<TextReporterOptions, 'screen' | 'color'>): Reporter {
  return textReporter({ ...options, screen: plainScreen(file), color: false })
}
