import type { Failure } from '../../pipeline/ports/failure.js'
import { advise, type AdviceContext } from '../../reporters/error-advice.js'

/** A command that could not start: bad input (2), or an endpoint that refuses (3). Nothing was begun. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  constructor(
    readonly exitCode: 2 | 3,
    /** for programs */
    readonly code: string,
    /** What is wrong, in one line; names in it are exact. */
    readonly what: string,
    /** What to do, in one line. */
    readonly todo: string,
  ) {
    super(what)
  }
}

/** Bad input. */
export function badInput(what: string, todo: string): Refusal {
  return new Refusal(2, 'BadInput', what, todo)
}

/** What an endpoint answered keeps a run from starting. */
export function refused(failure: Failure, context: AdviceContext): Refusal {
  const { what, todo } = advise(failure, context)
  return new Refusal(3, failure.code, what, todo)
}
