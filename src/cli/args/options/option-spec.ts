import type { CommandName } from '../commands.js'
import type { ValueType } from '../values.js'

/** One option: parsing, errors, `--help`, completion, the reference and the man page use this entry. Its name is its key in the table. */
export interface OptionSpec {
  readonly value: ValueType<unknown>
  /** A letter, e.g. `w` for `-w`. */
  readonly short?: string
  /** Another name, known from other tools. */
  readonly alias?: string
  /** May be given several times; the order matters. */
  readonly repeatable?: true
  /** As typed on a command line. */
  readonly default?: string
  readonly help: string
  readonly commands: readonly CommandName[]
  /** Help for commands in which the option means something else. */
  readonly helpOf?: Readonly<Partial<Record<CommandName, string>>>
  /**
   * Part of a run's command line, which the journal records. `changes`: a resume may give another value. `same`: a resume may only repeat it.
   * Absent: it changes only how the run is shown or started, and is not recorded.
   */
  readonly onResume?: 'changes' | 'same'
}

/** Options that are grouped in help. */
export type OptionGroup = Readonly<Record<string, OptionSpec>>

/** Commands that take the options of a run. */
export const RUN_COMMANDS = ['sync', 'runs'] as const
/** Commands that take the options of a comparison. */
export const COMPARING_COMMANDS = ['sync', 'runs', 'verify'] as const
/** Commands that show a run. */
export const REPORTING_COMMANDS = ['sync', 'demo', 'runs', 'verify'] as const
export const ALL_COMMANDS = ['sync', 'demo', 'connections', 'completion', 'runs', 'verify', 'doctor'] as const
