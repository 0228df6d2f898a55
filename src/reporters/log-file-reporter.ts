import type { Writable } from 'node:stream'
import type { Renderer } from './reporter.js'
import { plainScreen } from './screen.js'
import { textRenderer, type TextOptions } from './text-reporter.js'

/** `--log-file`: what a person reads, appended to `file`, without colour and without the line that moves. */
export function logRenderer(file: Writable, options: Omit<TextOptions, 'screen' | 'color'>): Renderer {
  return textRenderer({ ...options, screen: plainScreen(file), color: false })
}
