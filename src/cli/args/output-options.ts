import type { OUTPUT } from './options/output.js'
import type { OptionValues } from './tokenize.js'

/** What a command prints and where: the options of the output group under their names, e.g. `json-file`; absent if not given. */
export type OutputOptions = Pick<OptionValues, keyof typeof OUTPUT>

/** Whether to use colours; undefined if the environment and the terminal decide. */
export function colorChoice({ color, 'no-color': noColor }: OutputOptions): boolean | undefined {
  return color ?? (noColor === true ? false : undefined)
}
