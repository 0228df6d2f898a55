import * as v from 'valibot'
import type { Connection } from '../connection.js'
import { endpointProblem, nameProblem, regionProblem } from './validate.js'
import { type Sealed, Sealed as SealedSchema, type Vault } from './secret-vault.js'

const checked = (problem: (value: string) => string | undefined) =>
  v.pipe(
    v.string(),
    v.check((value) => problem(value) === undefined),
  )

/** The fields of a connection besides its name and its secrets. */
const open = {
  endpoint: v.exactOptional(checked(endpointProblem)),
  region: v.exactOptional(checked(regionProblem)),
  accessKeyId: v.exactOptional(v.string()),
  profile: v.exactOptional(v.string()),
  roleArn: v.exactOptional(v.string()),
  anonymous: v.exactOptional(v.boolean()),
  requesterPays: v.exactOptional(v.boolean()),
  pathStyle: v.exactOptional(v.boolean()),
  insecure: v.exactOptional(v.boolean()),
  caFile: v.exactOptional(v.string()),
}

const Name = checked(nameProblem)

/** A connection as stored: the secrets are sealed. */
export const ConnectionRecord = v.object({
  ...open,
  secretAccessKey: v.exactOptional(SealedSchema),
  sessionToken: v.exactOptional(SealedSchema),
})
export type ConnectionRecord = v.InferOutput<typeof ConnectionRecord>

/** Binds a secret to its place in the file. */
function placeOf(name: string, field: 'secretAccessKey' | 'sessionToken'): string {
  return `${name}\0${field}`
}

export function toRecord({ name, secretAccessKey, sessionToken, ...rest }: Connection, vault: Vault): ConnectionRecord {
  const seal = (field: 'secretAccessKey' | 'sessionToken', secret: string | undefined) =>
    secret === undefined ? {} : { [field]: vault.seal(placeOf(name, field), secret) }
  return { ...rest, ...seal('secretAccessKey', secretAccessKey), ...seal('sessionToken', sessionToken) }
}

/** Undefined when one of its secrets can't be unlocked. */
function fromRecord(name: string, record: ConnectionRecord, vault: Vault): Connection | undefined {
  const { secretAccessKey, sessionToken, ...rest } = record
  const unseal = (field: 'secretAccessKey' | 'sessionToken', sealed: Sealed | undefined) =>
    sealed === undefined ? {} : { [field]: vault.unseal(placeOf(name, field), sealed) }
  const secrets = { ...unseal('secretAccessKey', secretAccessKey), ...unseal('sessionToken', sessionToken) }
  const parsed = v.safeParse(
    v.object({ secretAccessKey: v.exactOptional(v.string()), sessionToken: v.exactOptional(v.string()) }),
    secrets,
  )
  return parsed.success ? { name, ...rest, ...parsed.output } : undefined
}

/** A saved connection without its secrets. */
export type OpenConnection = Omit<Connection, 'secretAccessKey' | 'sessionToken'>

/** The record stored under `name`, when this version can read it. */
export function readRecord(name: string, content: unknown): ConnectionRecord | undefined {
  const parsed = v.safeParse(ConnectionRecord, content)
  return parsed.success && v.is(Name, name) ? parsed.output : undefined
}

export function isSealed({ secretAccessKey, sessionToken }: ConnectionRecord): boolean {
  return secretAccessKey !== undefined || sessionToken !== undefined
}

export function withoutSecrets(name: string, { secretAccessKey, sessionToken, ...open }: ConnectionRecord): OpenConnection {
  return { name, ...open }
}

/** The connection stored under `name`, unlocked; undefined when it can't be read or unlocked. */
export function connectionOf(name: string, content: unknown, vault: Vault): Connection | undefined {
  const record = readRecord(name, content)
  return record === undefined ? undefined : fromRecord(name, record, vault)
}
