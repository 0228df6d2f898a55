import type { Failure } from '../../pipeline/ports/failure.js'
import { advise, type AdviceContext } from '../../reporters/error-advice.js'
import { printable } from '../../reporters/escape-terminal.js'
import type { Questions } from '../questions.js'
import type { Palette } from '../../reporters/colors.js'
import { rule } from '../../reporters/text-format.js'
import type { Screen } from '../../reporters/screen.js'
import type { GuidedWorld } from './wizard-port.js'

/** What every step of the guided flow works with. */
export interface Desk {
  readonly questions: Questions
  readonly world: GuidedWorld
  readonly screen: Screen
  readonly paint: Palette
}

export type Side = 'source' | 'target'

/** The title of a step, below a separator. */
export function heading({ screen, paint }: Desk, title: string): void {
  screen.out(paint.quiet(rule(screen.columns)))
  screen.out(paint.name(title))
}

/** Says that something is well. */
export function tellGood({ screen, paint }: Desk, text: string): void {
  screen.out(`${paint.good('✓')} ${text}`)
}

/** Says what went wrong and what to do: a line each. */
export function tellFailure({ screen, paint }: Desk, failure: Failure, context: AdviceContext): void {
  const { what, todo } = advise(failure, context)
  screen.out(`${paint.bad('✗')} ${printable(what)}`)
  screen.out(`  ${paint.quiet(printable(todo))}`)
}
