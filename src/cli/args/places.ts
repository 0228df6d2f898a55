import type { ParsedCommand } from './request.js'

/** SOURCE and TARGET as typed, where a command line names them. */
export function placesOf(parsed: ParsedCommand): { readonly source?: string; readonly target?: string } {
  switch (parsed.kind) {
    case 'sync':
    case 'verify':
      return { source: parsed.request.source.typed, target: parsed.request.target.typed }
    case 'error':
      return parsed.places ?? {}
    default:
      return {}
  }
}
