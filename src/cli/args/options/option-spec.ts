import type { CommandName } from '../commands.js'
import type { ValueType } from '../values.js'

/** One option, whole: parsing, errors, `--help`, completion, the reference and the man page all read this entry. Its name is its key in the table. */
export interface OptionSpec {
  readonly value: ValueType<unknown>
  /** A letter, e.g. `w` for `-w`. */
  readonly short?: string
  /** Another whole name, for people who come from other tools. */
  readonly alias?: string
  /** It may be given several times; then the order counts. */
  readonly repeatable?: true
  /** As a person would type it. */
  readonly default?: string
  readonly help: string
  readonly commands: readonly CommandName[]
  /** Help of a command where the option means something else. */
  readonly helpOf?: Readonly<Partial<Record<CommandName, string>>>
  /**
   * Part of a run's command line, which the journal records. `changes`: a resume may give another value. `same`: a resume may only repeat it.
   * Absent: it says how the run is shown or started, and is not recorded.
   */
  readonly onResume?: 'changes' | 'same'
}

/** Options that stand together in help. */
export type OptionGroup = Readonly<Record<string, OptionSpec>>

/** Commands that take the options of a run. */
export const RUN = ['sync', 'runs'] as const
/** The same, and `verify`. */
export const COMPARED = ['sync', 'runs', 'verify'] as const
/** Commands that show a run. */
export const SHOWN = ['sync', 'demo', 'runs', 'verify'] as const
export const ALL = ['sync', 'demo', 'connections', 'completion', 'runs', 'verify', 'doctor'] as const
