import type { Failure } from '../../pipeline/ports/failure.js'
import { advise, type AdviceContext } from '../../reporters/error-advice.js'
import { printable } from '../../reporters/escape-terminal.js'
import type { Questions } from '../questions.js'
import type { Palette } from '../../reporters/colors.js'
import { separator } from '../../reporters/text-format.js'
import type { Screen } from '../../reporters/screen.js'
import type { WizardPort } from './wizard-port.js'

/** What every step of the wizard works with. */
export interface WizardContext {
  readonly questions: Questions
  readonly port: WizardPort
  readonly screen: Screen
  readonly paint: Palette
}

/** The title of a step, below a separator. */
export function showHeading({ screen, paint }: WizardContext, title: string): void {
  screen.out(paint.quiet(separator(screen.columns)))
  screen.out(paint.name(title))
}

/** Shows a success. */
export function showSuccess({ screen, paint }: WizardContext, text: string): void {
  screen.out(`${paint.good('✓')} ${text}`)
}

/** Shows what went wrong and what to do: a line each. */
export function showFailure({ screen, paint }: WizardContext, failure: Failure, context: AdviceContext): void {
  const { what, todo } = advise(failure, context)
  screen.out(`${paint.bad('✗')} ${printable(what)}`)
  screen.out(`  ${paint.quiet(printable(todo))}`)
}
