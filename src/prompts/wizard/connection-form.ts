import { printable } from '../../reporters/escape-terminal.js'
import type { Check, TextQuestion } from '../questions.js'
import type { Desk } from './wizard-screen.js'
import type { ConnectionDraft, Field } from './wizard-port.js'

/** Clears a field that is being edited, where an empty answer keeps what was there. */
const CLEAR = '-'

/** The temporary keys of AWS begin so and work only with a session token (IAM user guide, unique identifiers). */
const TEMPORARY = 'ASIA'

/** Asks for all of a new connection. `taken`: names that are in use, without regard to case. */
export async function askNew(desk: Desk, taken: readonly string[]): Promise<ConnectionDraft> {
  const used = new Set(taken.map((name) => name.toLowerCase()))
  const name = await desk.questions.text({
    message: 'Connection name',
    check: (answer) => {
      if (answer === '') return 'Enter a name, e.g. "office".'
      return (
        desk.world.check('name', answer) ??
        (used.has(answer.toLowerCase()) ? `There is already a connection "${answer}".` : undefined)
      )
    },
  })
  return askKeys(desk, await askPlace(desk, { name }))
}

/** Asks for all fields but the name again, with the old answers to go by. */
export async function askAgain(desk: Desk, old: ConnectionDraft): Promise<ConnectionDraft> {
  return askKeys(desk, await askPlace(desk, old))
}

/** Where the endpoint is. */
export async function askPlace(desk: Desk, old: ConnectionDraft): Promise<ConnectionDraft> {
  const { endpoint: oldEndpoint, region: oldRegion, ...rest } = old
  const endpoint = await askField(desk, ['Endpoint', 'blank for AWS'], oldEndpoint, form(desk, 'endpoint'))
  const region = await askField(desk, ['Region', 'blank for us-east-1'], oldRegion, form(desk, 'region'))
  return { ...rest, ...(endpoint !== '' && { endpoint }), ...(region !== '' && { region }) }
}

/** Who logs in. Blank keys mean the default chain; one that logs in without keys is asked for none. */
export async function askKeys(desk: Desk, old: ConnectionDraft): Promise<ConnectionDraft> {
  if (old.anonymous === true || old.profile !== undefined) return old
  const { accessKeyId: oldKey, secretAccessKey: oldSecret, sessionToken: oldToken, ...rest } = old
  const accessKeyId = await askField(desk, ['Access key', 'blank for the default AWS credentials'], oldKey, () => undefined)
  if (accessKeyId === '') return rest
  const kept = accessKeyId === oldKey
  const secretAccessKey = await askSecret(desk, 'Secret key', kept ? oldSecret : undefined)
  const keys = { accessKeyId, secretAccessKey }
  if (!accessKeyId.startsWith(TEMPORARY)) return { ...rest, ...keys }
  return { ...rest, ...keys, sessionToken: await askSecret(desk, 'Session token', kept ? oldToken : undefined) }
}

/** An empty string when the field is to be absent. */
async function askField(
  { questions }: Desk,
  [name, blank]: readonly [string, string],
  old: string | undefined,
  check: Check,
): Promise<string> {
  const optional: Check = (answer) => (answer === '' || answer === CLEAR ? undefined : check(answer))
  const question: TextQuestion =
    old === undefined
      ? { message: `${name} (${blank})`, check: optional }
      : { message: `${name} (Enter keeps it, "${CLEAR}" clears it)`, initial: printable(old), check: optional }
  const answer = await questions.text(question)
  return answer === CLEAR ? '' : answer
}

async function askSecret({ questions }: Desk, name: string, old: string | undefined): Promise<string> {
  const message = old === undefined ? name : `${name} (Enter keeps the old one)`
  const check: Check = (answer) => (answer === '' && old === undefined ? `Enter the ${name.toLowerCase()}.` : undefined)
  const answer = await questions.secret({ message, check })
  return answer === '' && old !== undefined ? old : answer
}

function form({ world }: Desk, field: Field): Check {
  return (answer) => world.check(field, answer)
}
