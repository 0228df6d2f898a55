import { printable } from '../../reporters/escape-terminal.js'
import type { AnswerCheck, TextQuestion } from '../questions.js'
import type { WizardContext } from './wizard-context.js'
import type { ConnectionDraft, CheckedField } from './wizard-port.js'

/** Clears a field; an empty answer keeps its value. */
const CLEAR = '-'

/** Prefix of temporary AWS keys, which need a session token (IAM user guide, unique identifiers). */
const TEMPORARY = 'ASIA'

/** Asks for all fields of a new connection. `taken`: names in use; case does not matter. */
export async function askNewConnection(wizard: WizardContext, taken: readonly string[]): Promise<ConnectionDraft> {
  const used = new Set(taken.map((name) => name.toLowerCase()))
  const name = await wizard.questions.text({
    message: 'Connection name',
    check: (answer) => {
      if (answer === '') return 'Enter a name, e.g. "office".'
      return (
        wizard.port.fieldProblem('name', answer) ??
        (used.has(answer.toLowerCase()) ? `There is already a connection "${answer}".` : undefined)
      )
    },
  })
  return askKeys(wizard, await askEndpoint(wizard, { name }))
}

/** Asks for all fields but the name; the old values are the defaults. */
export async function editConnection(wizard: WizardContext, old: ConnectionDraft): Promise<ConnectionDraft> {
  return askKeys(wizard, await askEndpoint(wizard, old))
}

/** Asks for endpoint and region. */
export async function askEndpoint(wizard: WizardContext, old: ConnectionDraft): Promise<ConnectionDraft> {
  const { endpoint: oldEndpoint, region: oldRegion, ...rest } = old
  const endpoint = await askField(wizard, ['Endpoint', 'blank for AWS'], oldEndpoint, fieldCheck(wizard, 'endpoint'))
  const region = await askField(wizard, ['Region', 'blank for us-east-1'], oldRegion, fieldCheck(wizard, 'region'))
  return { ...rest, ...(endpoint !== '' && { endpoint }), ...(region !== '' && { region }) }
}

/** Asks for the keys, unless the connection is anonymous or has a profile. A blank access key means the default AWS credentials. */
export async function askKeys(wizard: WizardContext, old: ConnectionDraft): Promise<ConnectionDraft> {
  if (old.anonymous === true || old.profile !== undefined) return old
  const { accessKeyId: oldKey, secretAccessKey: oldSecret, sessionToken: oldToken, ...rest } = old
  const accessKeyId = await askField(wizard, ['Access key', 'blank for the default AWS credentials'], oldKey, () => undefined)
  if (accessKeyId === '') return rest
  const kept = accessKeyId === oldKey
  const secretAccessKey = await askSecret(wizard, 'Secret key', kept ? oldSecret : undefined)
  const keys = { accessKeyId, secretAccessKey }
  if (!accessKeyId.startsWith(TEMPORARY)) return { ...rest, ...keys }
  return { ...rest, ...keys, sessionToken: await askSecret(wizard, 'Session token', kept ? oldToken : undefined) }
}

/** Returns an empty string if the field is to be absent. */
async function askField(
  { questions }: WizardContext,
  [name, blank]: readonly [string, string],
  old: string | undefined,
  check: AnswerCheck,
): Promise<string> {
  const optional: AnswerCheck = (answer) => (answer === '' || answer === CLEAR ? undefined : check(answer))
  const question: TextQuestion =
    old === undefined
      ? { message: `${name} (${blank})`, check: optional }
      : { message: `${name} (Enter keeps it, "${CLEAR}" clears it)`, initial: printable(old), check: optional }
  const answer = await questions.text(question)
  return answer === CLEAR ? '' : answer
}

async function askSecret({ questions }: WizardContext, name: string, old: string | undefined): Promise<string> {
  const message = old === undefined ? name : `${name} (Enter keeps the old one)`
  const check: AnswerCheck = (answer) => (answer === '' && old === undefined ? `Enter the ${name.toLowerCase()}.` : undefined)
  const answer = await questions.secret({ message, check })
  return answer === '' && old !== undefined ? old : answer
}

function fieldCheck({ port }: WizardContext, field: CheckedField): AnswerCheck {
  return (answer) => port.fieldProblem(field, answer)
}
