import { printable } from '../../reporters/escape-terminal.js'
import type { Desk } from './wizard-screen.js'
import type { ConnectionRef } from './wizard-port.js'

const RULE = '3 to 63 lower-case letters, digits, dots and hyphens'

/**
 * Whether a bucket that is not there can be made under this name: one that breaks the rules of AWS can't be made there; other servers may
 * take it, and the person decides. Explains what is wrong.
 */
export async function canBeMade(desk: Desk, connection: ConnectionRef, bucket: string): Promise<boolean> {
  const broken = await desk.world.naming(connection, bucket)
  if (broken === undefined) return true
  explain(desk, broken.why)
  if (broken.isAws) return false
  return desk.questions.confirm(`Most servers refuse such a name. Use ${printable(bucket)} anyway?`, false)
}

/** Explains what is wrong with the name of a bucket that can't be reached, if anything is. Tells whether it did. */
export async function explainName(desk: Desk, connection: ConnectionRef, bucket: string): Promise<boolean> {
  const broken = await desk.world.naming(connection, bucket)
  if (broken !== undefined) explain(desk, broken.why)
  return broken !== undefined
}

function explain({ screen, paint }: Desk, why: string): void {
  screen.out(`${paint.bad('✗')} ${printable(why)}`)
  screen.out(`  ${paint.quiet(`A bucket name has ${RULE}.`)}`)
}
