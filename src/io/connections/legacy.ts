import * as v from 'valibot'
import type { Connection } from '../connection.js'
import { endpointProblem, nameProblem, plainEndpoint, regionProblem } from './validate.js'

const text = v.nullish(v.string(), '')

/** A connection of OpsKit's Python tool: the secret is in base64, missing values are blank. */
const LegacyRecord = v.object({
  aws_access_key: v.nullable(v.string()),
  aws_secret_key: v.nullable(v.string()),
  aws_region: text,
  s3_endpoint: text,
})

export interface Legacy {
  readonly connections: readonly Connection[]
  /** The names of connections that can't be used: without a key, or with an invalid endpoint. */
  readonly leftOut: readonly string[]
}

/** The connections in a connections.json of OpsKit's Python tool, by name; undefined for any other content. */
export function readLegacy(content: unknown): Legacy | undefined {
  const records = v.safeParse(v.record(v.string(), v.unknown()), content)
  if (!records.success || 'schema' in records.output) return undefined
  const connections: Connection[] = []
  const leftOut: string[] = []
  for (const [name, record] of Object.entries(records.output)) {
    const connection = v.is(LegacyRecord, record) ? upgraded(record) : undefined
    if (connection === undefined) leftOut.push(name)
    else connections.push({ name: newName(name, connections), ...connection })
  }
  return connections.length === 0 && leftOut.length > 0 ? undefined : { connections, leftOut }
}

function upgraded(record: v.InferInput<typeof LegacyRecord>): Omit<Connection, 'name'> | undefined {
  const { aws_access_key, aws_secret_key, aws_region, s3_endpoint } = v.parse(LegacyRecord, record)
  const endpoint = endpointOf(s3_endpoint.trim())
  if (endpoint === 'impossible') return undefined
  return {
    ...endpoint,
    ...filled('region', regionProblem(aws_region) === undefined ? aws_region : ''),
    ...filled('accessKeyId', aws_access_key ?? ''),
    ...filled('secretAccessKey', Buffer.from(aws_secret_key ?? '', 'base64').toString('utf8')),
  }
}

/** The older tool allowed any name; here a colon follows the name. Two names that become equal get a number. */
function newName(old: string, taken: readonly Connection[]): string {
  const plain = old.replaceAll(/[^\p{L}\p{M}\p{N}._-]/gu, '-').replace(/^[^\p{L}\p{N}]+/u, '')
  const short = plain.slice(0, 50)
  const fitting = nameProblem(short) === undefined ? short : `old-${short}`
  let name = fitting
  for (let number = 2; taken.some((other) => other.name === name); number++) name = `${fitting}-${number}`
  return name
}

/** Blank meant AWS; without a scheme, https. */
function endpointOf(written: string): { readonly endpoint?: string } | 'impossible' {
  if (written === '') return {}
  const endpoint = /^https?:/i.test(written) ? written : `https://${written}`
  return endpointProblem(endpoint) === undefined ? { endpoint: plainEndpoint(endpoint) } : 'impossible'
}

function filled<Field extends string>(field: Field, value: string): Partial<Record<Field, string>> {
  const given: Partial<Record<Field, string>> = {}
  if (value !== '') given[field] = value
  return given
}
