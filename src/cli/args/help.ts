import { type CommandName, COMMANDS, specOf } from './commands.js'
import { twoColumns, wrapWords } from './layout.js'
import { GROUPS, isShownIn } from './options.js'
import type { OptionSpec } from './options/option-spec.js'
import { ENVIRONMENT, EXIT_CODES, LOCATIONS, type HelpSection } from './topics.js'
import { PROGRAM } from '../../io/program-name.js'

/** Width of help, characters: narrower is hard to read in two columns, wider in one. */
const NARROWEST = 80
const WIDEST = 120
/** The longest option with its value, e.g. `    --backup-prefix PREFIX`; a longer one stands alone on its line. */
const OPTION_COLUMN = 27
const TOPIC_COLUMN = 26

/** The text of `--help`, or of a command's own. `terminal`: its width; lines are wrapped to it, from 80 to 120 characters. */
export function helpText(command: CommandName | undefined, terminal: number): string {
  const width = Math.max(NARROWEST, Math.min(WIDEST, terminal))
  const sections = command === undefined ? overview(width) : aboutCommand(command, width)
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function overview(width: number): string[] {
  return [
    wrapWords('s3-sync copies objects between S3 buckets, S3-compatible servers and local directories.', width).join('\n'),
    `Usage:
  ${PROGRAM} [options]                     on a terminal: asks for everything
  ${PROGRAM} [sync] SOURCE TARGET [options]
  ${PROGRAM} COMMAND [--help]`,
    block(
      'Commands',
      COMMANDS.map(({ name, summary }) => [name, summary]),
      Math.max(...COMMANDS.map(({ name }) => name.length)),
      width,
    ),
    helpSection(LOCATIONS, width),
    ...optionsOf('sync', width),
    examples('sync'),
    helpSection(ENVIRONMENT, width),
    helpSection(EXIT_CODES, width),
  ]
}

function aboutCommand(command: CommandName, width: number): string[] {
  const { usage, summary } = specOf(command)
  const isRun = command === 'sync' || command === 'verify'
  return [
    wrapWords(`${PROGRAM} ${command}: ${summary}`, width).join('\n'),
    ['Usage:', ...usage.map((line) => `  ${line}`)].join('\n'),
    isRun ? helpSection(LOCATIONS, width) : '',
    ...optionsOf(command, width),
    examples(command),
    isRun ? helpSection(EXIT_CODES, width) : '',
  ]
}

/** A block for each group of options that the command takes. */
function optionsOf(command: CommandName, width: number): string[] {
  return GROUPS.map(({ title, options }) => {
    const shown = Object.entries(options).filter(([, spec]) => isShownIn(command, spec))
    const rows = shown.map(([name, spec]) => [optionSyntax(name, spec), optionHelp(spec, command)] as const)
    return rows.length === 0 ? '' : block(title, rows, OPTION_COLUMN, width)
  })
}

/** `-w, --workers N` */
export function optionSyntax(name: string, { short, value }: OptionSpec): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value.placeholder === '' ? '' : ` ${value.placeholder}`}`
}

/** What an option does for a command, with its possible values and default. */
export function optionHelp({ help, helpOf, value, default: standard }: OptionSpec, command: CommandName): string {
  const own = helpOf?.[command]
  const { completion } = value
  const words = own === undefined && completion !== undefined && completion !== 'file' ? `: ${completion.join(', ')}` : ''
  return `${own ?? help}${words}${own !== undefined || standard === undefined ? '' : ` (default ${standard})`}`
}

function helpSection({ title, rows }: HelpSection, width: number): string {
  return block(title, rows, TOPIC_COLUMN, width)
}

function block(title: string, rows: readonly (readonly [string, string])[], first: number, width: number): string {
  return [`${title}:`, ...twoColumns(rows, first, width)].join('\n')
}

function examples(command: CommandName): string {
  const { examples: lines } = specOf(command)
  return lines.length === 0 ? '' : ['Examples:', ...lines.map((line) => `  ${line}`)].join('\n')
}
