import type { CommandName } from './commands.js'
import { CONNECTION } from './options/connections.js'
import { COPYING } from './options/copying.js'
import { DELETING } from './options/deleting.js'
import { FILTERS } from './options/filters.js'
import { METADATA } from './options/metadata.js'
import type { OptionGroup, OptionSpec } from './options/option-spec.js'
import { OUTPUT } from './options/output.js'
import { PERFORMANCE } from './options/performance.js'
import { RUNS } from './options/runs.js'
import { VERIFYING } from './options/verifying.js'

/** Every option by name. Parsing, errors, help, completion and the reference use this table. */
export const OPTIONS = {
  ...COPYING,
  ...FILTERS,
  ...DELETING,
  ...METADATA,
  ...VERIFYING,
  ...PERFORMANCE,
  ...RUNS,
  ...CONNECTION,
  ...OUTPUT,
}

export type OptionName = keyof typeof OPTIONS

/** The groups of options in help, in order. */
export const GROUPS: readonly { readonly title: string; readonly options: OptionGroup }[] = [
  { title: 'Copying', options: COPYING },
  { title: 'Filters', options: FILTERS },
  { title: 'Deleting and backups', options: DELETING },
  { title: 'Metadata and encryption', options: METADATA },
  { title: 'Verifying', options: VERIFYING },
  { title: 'Performance and retries', options: PERFORMANCE },
  { title: 'Records of runs', options: RUNS },
  { title: 'New connections', options: CONNECTION },
  { title: 'Output and confirmation', options: OUTPUT },
]

/** An entry of the table with its name. */
export interface NamedOption extends OptionSpec {
  readonly name: OptionName
}

export const OPTION_NAMES: readonly OptionName[] = Object.keys(OPTIONS).filter(isOptionName)

function isOptionName(word: string): word is OptionName {
  return Object.hasOwn(OPTIONS, word)
}

/** The entry of an option, with its name. */
export function optionOf(name: OptionName): NamedOption {
  return { name, ...OPTIONS[name] }
}

/** The option with this name, letter or alias, given without dashes; undefined if there is none. */
export function optionNamed(written: string): OptionName | undefined {
  return OPTION_NAMES.find((name) => {
    const { short, alias } = optionOf(name)
    return [name, short, alias].includes(written)
  })
}

/** Whether the help of a command shows the option. For `runs`: options of its actions, and those that a resume may change. */
export function isShownIn(command: CommandName, { commands, onResume, helpOf }: OptionSpec): boolean {
  if (!commands.includes(command)) return false
  return command !== 'runs' || onResume !== 'same' || helpOf?.runs !== undefined
}
