import type { Failure } from '../../pipeline/ports/failure.js'
import { printable } from '../../reporters/escape-terminal.js'
import type { Choice } from '../questions.js'
import { heading, tellGood, type Desk, type Side } from './wizard-screen.js'
import { askAgain, askKeys, askNew, askPlace } from './connection-form.js'
import { logIn, PATIENCE, type Seen } from './check-login.js'
import type { ConnectionDraft, ConnectionSummary } from './wizard-port.js'

/** A connection that works: kept under `name`. */
export interface Endpoint {
  readonly name: string
  readonly seen: Seen
}

/** Failures that other keys may fix; for the rest the endpoint or the region is asked for again. */
const KEYS_REFUSED = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidToken',
  'ExpiredToken',
  'AccessDenied',
  'Forbidden',
  'CredentialsMissing',
])

/** Chooses or creates a connection for one side and logs in with it; a new one is saved as soon as it works. */
export async function chooseConnection(desk: Desk, side: Side): Promise<Endpoint> {
  heading(desk, side === 'source' ? 'Source' : 'Target')
  for (;;) {
    const known = await desk.world.connections()
    const chosen = known.length === 0 ? 'new' : await pick(desk, side, known)
    const seen =
      chosen === 'new'
        ? await connectNew(
            desk,
            side,
            await askNew(
              desk,
              known.map(({ name }) => name),
            ),
          )
        : await connectKept(desk, side, chosen)
    if (seen !== 'another') return seen
  }
}

function pick(desk: Desk, side: Side, known: readonly ConnectionSummary[]): Promise<ConnectionSummary | 'new'> {
  return desk.questions.choose<ConnectionSummary | 'new'>(side === 'source' ? 'Source connection' : 'Target connection', [
    ...known.map((value) => ({ label: `${printable(value.name)} (${printable(value.endpoint ?? 'AWS')})`, value })),
    { label: 'A new connection', value: 'new' },
  ])
}

/** Logs in with a saved connection. Asking for keys at once would not fix every failure: the user decides. */
async function connectKept(desk: Desk, side: Side, { name, editable }: ConnectionSummary): Promise<Endpoint | 'another'> {
  for (;;) {
    const seen = await logIn(desk, side, name)
    if (seen.kind !== 'failed') return { name, seen }
    const next = await whatNow(desk, editable)
    if (next === 'another') return next
    const draft = next === 'edit' ? await desk.world.draft(name) : undefined
    if (draft !== undefined) return connectNew(desk, side, await askAgain(desk, draft))
  }
}

/** Logs in with what was entered and keeps it when that works. What is probably wrong is asked for again, twice; then the person decides. */
export async function connectNew(desk: Desk, side: Side, entered: ConnectionDraft): Promise<Endpoint | 'another'> {
  let draft = entered
  for (let failures = 1; ; failures++) {
    const seen = await logIn(desk, side, draft)
    if (seen.kind !== 'failed') {
      await desk.world.save(draft)
      tellGood(desk, `Saved as "${printable(draft.name)}".`)
      return { name: draft.name, seen }
    }
    if (failures % PATIENCE !== 0) {
      draft = await correct(desk, draft, seen.failure)
      continue
    }
    const next = await whatNow(desk, true)
    if (next === 'another') return next
    if (next === 'edit') draft = await askAgain(desk, draft)
  }
}

function correct(desk: Desk, draft: ConnectionDraft, { code }: Failure): Promise<ConnectionDraft> {
  return KEYS_REFUSED.has(code) ? askKeys(desk, draft) : askPlace(desk, draft)
}

function whatNow(desk: Desk, editable: boolean): Promise<'edit' | 'again' | 'another'> {
  const edit: Choice<'edit'>[] = editable ? [{ label: 'Edit the connection', value: 'edit' }] : []
  return desk.questions.choose<'edit' | 'again' | 'another'>('Login failed', [
    ...edit,
    { label: 'Try again', value: 'again' },
    { label: 'Use another connection', value: 'another' },
  ])
}
