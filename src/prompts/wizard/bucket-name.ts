import { printable } from '../../reporters/escape-terminal.js'
import type { WizardContext } from './wizard-context.js'
import type { ConnectionRef } from './wizard-port.js'

const RULE = '3 to 63 lower-case letters, digits, dots and hyphens'

/**
 * Whether a missing bucket may be created under this name. Explains a name that breaks the rules of AWS: AWS refuses it; for other servers,
 * the user decides.
 */
export async function mayCreateBucket(wizard: WizardContext, connection: ConnectionRef, bucket: string): Promise<boolean> {
  const problem = await wizard.port.bucketNameProblem(connection, bucket)
  if (problem === undefined) return true
  explain(wizard, problem.why)
  if (problem.isAws) return false
  return wizard.questions.confirm(`Most servers refuse such a name. Use ${printable(bucket)} anyway?`, false)
}

/** Explains the name of a bucket that can't be reached, if it breaks the rules. Returns whether it does. */
export async function explainBucketName(wizard: WizardContext, connection: ConnectionRef, bucket: string): Promise<boolean> {
  const problem = await wizard.port.bucketNameProblem(connection, bucket)
  if (problem !== undefined) explain(wizard, problem.why)
  return problem !== undefined
}

function explain({ screen, paint }: WizardContext, why: string): void {
  screen.out(`${paint.bad('✗')} ${printable(why)}`)
  screen.out(`  ${paint.quiet(`A bucket name has ${RULE}.`)}`)
}
