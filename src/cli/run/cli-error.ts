import type { Failure } from '../../pipeline/ports/failure.js'
import { advise, type AdviceContext } from '../../reporters/error-advice.js'

/** A command that could not start: bad input (2), or an endpoint failed (3). */
export class CliError extends Error {
  override readonly name = 'CliError'
  constructor(
    readonly exitCode: 2 | 3,
    /** for programs */
    readonly code: string,
    /** What is wrong, in one line. Not escaped for a terminal. */
    readonly what: string,
    /** What to do, in one line. */
    readonly todo: string,
  ) {
    super(what)
  }
}

/** Bad input. */
export function badInput(what: string, todo: string): CliError {
  return new CliError(2, 'BadInput', what, todo)
}

/** A request failed before the run started. */
export function endpointError(failure: Failure, context: AdviceContext): CliError {
  const { what, todo } = advise(failure, context)
  return new CliError(3, failure.code, what, todo)
}

/** SOURCE and TARGET as typed, where they are known. */
export interface Places {
  readonly source?: string
  readonly target?: string
}

/** An error about places that the command line does not name, such as those of a resumed run. */
export class ErrorAtPlaces extends Error {
  override readonly name = 'ErrorAtPlaces'
  constructor(
    override readonly cause: unknown,
    readonly places: Places,
  ) {
    super('an error at known places')
  }
}
