import type { Summary } from '../../pipeline/state/summary.js'
import type { OutputError } from '../../reporters/output-error.js'
import { PROGRAM } from '../../io/program-name.js'

/** A run was completed, but its result could not be written completely. */
export class ResultNotWritten extends Error {
  override readonly name = 'ResultNotWritten'
  /** What is wrong, and what to do: a line each. */
  readonly what: string
  readonly todo: string
  constructor(error: OutputError, { run, journal }: Pick<Summary, 'run' | 'journal'>) {
    super(error.message)
    this.what = `${error.message} The run itself was completed.`
    this.todo =
      journal === undefined ? 'Run the same command again to see its result.' : `See its result: ${PROGRAM} runs show ${run}`
  }
}
