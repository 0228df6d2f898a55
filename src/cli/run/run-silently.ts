import type { Summary } from '../../pipeline/state/summary.js'
import type { OutputLost } from '../../reporters/output-lost.js'

/** A run was completed, and its result could not be written in full. */
export class RunUntold extends Error {
  override readonly name = 'RunUntold'
  /** What is wrong, and what to do: a line each. */
  readonly what: string
  readonly todo: string
  constructor(lost: OutputLost, { run, journal }: Pick<Summary, 'run' | 'journal'>) {
    super(lost.message)
    this.what = `${lost.message} The run itself was completed.`
    this.todo =
      journal === undefined ? 'Run the same command again to see its result.' : `See its result: s3-sync runs show ${run}`
  }
}
