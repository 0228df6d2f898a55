import type { CommandName } from './commands.js'
import { CONNECTION } from './options/connections.js'
import { COPYING } from './options/copying.js'
import { DELETING } from './options/deleting.js'
import { FILTERS } from './options/filters.js'
import { METADATA } from './options/metadata.js'
import type { OptionGroup, OptionSpec } from './options/option-spec.js'
import { OUTPUT } from './options/output.js'
import { PERFORMANCE } from './options/performance.js'
import { RECORDS } from './options/runs.js'
import { VERIFYING } from './options/verifying.js'

/** Every option, by its name: minimist's configuration, parsing, errors, help, completions and the reference are read off this table. */
export const OPTIONS = {
  ...COPYING,
  ...FILTERS,
  ...DELETING,
  ...METADATA,
  ...VERIFYING,
  ...PERFORMANCE,
  ...RECORDS,
  ...CONNECTION,
  ...OUTPUT,
}

export type OptionName = keyof typeof OPTIONS

/** The groups of help, in its order. */
export const GROUPS: readonly { readonly title: string; readonly options: OptionGroup }[] = [
  { title: 'Copying', options: COPYING },
  { title: 'Filters', options: FILTERS },
  { title: 'Deleting and backups', options: DELETING },
  { title: 'Metadata and encryption', options: METADATA },
  { title: 'Verifying', options: VERIFYING },
  { title: 'Performance and retries', options: PERFORMANCE },
  { title: 'Records of runs', options: RECORDS },
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

/** @returns the entry of that name */
export function optionOf(name: OptionName): NamedOption {
  return { name, ...OPTIONS[name] }
}

/** What was written without its dashes, as the option it names; undefined for none. */
export function optionNamed(written: string): OptionName | undefined {
  return OPTION_NAMES.find((name) => {
    const { short, alias } = optionOf(name)
    return [name, short, alias].includes(written)
  })
}

/** Whether help of a command shows the option. `runs` shows what its actions take; a resume takes only options that may change. */
export function isShownIn(command: CommandName, { commands, onResume, helpOf }: OptionSpec): boolean {
  if (!commands.includes(command)) return false
  return command !== 'runs' || onResume !== 'same' || helpOf?.runs !== undefined
}
