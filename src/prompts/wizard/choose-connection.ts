import type { Side } from '../../pipeline/ports/bucket-pair.js'
import type { Failure } from '../../pipeline/ports/failure.js'
import { printable } from '../../reporters/escape-terminal.js'
import type { Choice } from '../questions.js'
import { showHeading, showSuccess, type WizardContext } from './wizard-context.js'
import { editConnection, askKeys, askNewConnection, askEndpoint } from './connection-form.js'
import { logIn, ATTEMPTS, type VisibleBuckets } from './check-login.js'
import type { ConnectionDraft, ConnectionSummary } from './wizard-port.js'

/** A saved connection whose login works. */
export interface ChosenConnection {
  readonly name: string
  readonly buckets: VisibleBuckets
}

/** Failures that other keys may fix; after any other, the wizard asks for endpoint and region again. */
const KEYS_REFUSED = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidToken',
  'ExpiredToken',
  'AccessDenied',
  'Forbidden',
  'CredentialsFailed',
  'CredentialsMissing',
  'SignInNeeded',
])

/** Chooses or creates a connection for one side and logs in with it; a new one is saved as soon as it works. */
export async function chooseConnection(wizard: WizardContext, side: Side): Promise<ChosenConnection> {
  showHeading(wizard, side === 'source' ? 'Source' : 'Target')
  for (;;) {
    const known = await wizard.port.listConnections()
    const chosen = known.length === 0 ? 'new' : await pickConnection(wizard, side, known)
    const connection =
      chosen === 'new'
        ? await connectNew(
            wizard,
            side,
            await askNewConnection(
              wizard,
              known.map(({ name }) => name),
            ),
          )
        : await connectSaved(wizard, side, chosen)
    if (connection !== 'another') return connection
  }
}

function pickConnection(
  wizard: WizardContext,
  side: Side,
  known: readonly ConnectionSummary[],
): Promise<ConnectionSummary | 'new'> {
  return wizard.questions.choose<ConnectionSummary | 'new'>(side === 'source' ? 'Source connection' : 'Target connection', [
    ...known.map((value) => ({ label: `${printable(value.name)} (${printable(value.endpoint ?? 'AWS')})`, value })),
    { label: 'A new connection', value: 'new' },
  ])
}

/** Logs in with a saved connection. If that fails, the user decides what to change: other keys do not fix every failure. */
async function connectSaved(
  wizard: WizardContext,
  side: Side,
  { name, editable }: ConnectionSummary,
): Promise<ChosenConnection | 'another'> {
  for (;;) {
    const login = await logIn(wizard, side, name)
    if (login.kind !== 'failed') return { name, buckets: login }
    const next = await askNextStep(wizard, editable)
    if (next === 'another') return next
    const draft = next === 'edit' ? await wizard.port.savedDraft(name) : undefined
    if (draft !== undefined) return connectNew(wizard, side, await editConnection(wizard, draft))
  }
}

/** Logs in with what was entered and saves it if that works. Asks twice for the fields that are probably wrong; then the user decides. */
export async function connectNew(
  wizard: WizardContext,
  side: Side,
  entered: ConnectionDraft,
): Promise<ChosenConnection | 'another'> {
  let draft = entered
  for (let failures = 1; ; failures++) {
    const login = await logIn(wizard, side, draft)
    if (login.kind !== 'failed') {
      await wizard.port.saveConnection(draft)
      showSuccess(wizard, `Saved as "${printable(draft.name)}".`)
      return { name: draft.name, buckets: login }
    }
    if (failures % ATTEMPTS !== 0) {
      draft = await correct(wizard, draft, login.failure)
      continue
    }
    const next = await askNextStep(wizard, true)
    if (next === 'another') return next
    if (next === 'edit') draft = await editConnection(wizard, draft)
  }
}

function correct(wizard: WizardContext, draft: ConnectionDraft, { code }: Failure): Promise<ConnectionDraft> {
  return KEYS_REFUSED.has(code) ? askKeys(wizard, draft) : askEndpoint(wizard, draft)
}

function askNextStep(wizard: WizardContext, editable: boolean): Promise<'edit' | 'again' | 'another'> {
  const edit: Choice<'edit'>[] = editable ? [{ label: 'Edit the connection', value: 'edit' }] : []
  return wizard.questions.choose<'edit' | 'again' | 'another'>('Login failed', [
    ...edit,
    { label: 'Try again', value: 'again' },
    { label: 'Use another connection', value: 'another' },
  ])
}
