import kleur from 'kleur'

// kleur decides by stdout only, but text for people may go to stderr: `useColor` decides for each stream.
kleur.enabled = true

type Paint = (text: string) => string

/** The colours of this tool by their meaning. Without colour every function returns its text. */
export interface Palette {
  /** Names: buckets, the tool. */
  readonly name: Paint
  readonly good: Paint
  readonly bad: Paint
  readonly warning: Paint
  /** Less important text: separators, details. */
  readonly quiet: Paint
}

const PLAIN: Palette = { name: same, good: same, bad: same, warning: same, quiet: same }
const COLORED: Palette = { name: kleur.bold, good: kleur.green, bad: kleur.red, warning: kleur.yellow, quiet: kleur.dim }

export function palette(color: boolean): Palette {
  return color ? COLORED : PLAIN
}

/**
 * Whether to colour the output of one stream. `flag` is `--color` (true) or `--no-color` (false). The first one that is set decides: the flag,
 * `FORCE_COLOR` (before `NO_COLOR`, as in Node), `NO_COLOR` if not empty (no-color.org), a `TERM` of `dumb`, the terminal.
 */
export function useColor(
  env: Readonly<Record<string, string | undefined>>,
  flag: boolean | undefined,
  isTerminal: boolean,
): boolean {
  if (flag !== undefined) return flag
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  if ((env['NO_COLOR'] ?? '') !== '') return false
  return isTerminal && env['TERM'] !== 'dumb'
}

function same(text: string): string {
  return text
}
