import * as v from 'valibot'
import type { Connection } from './connection.js'
import { endpointProblem, plainEndpoint } from './validate.js'

const text = v.fallback(v.nullish(v.string()), undefined)

/** connections.json of OpsKit's Python tool: by name, the secret in base64, blank for what was not given. */
const LegacyFile = v.record(
  v.string(),
  v.object({
    aws_access_key: v.nullable(v.string()),
    aws_secret_key: v.nullable(v.string()),
    aws_region: text,
    s3_endpoint: text,
  }),
)

/** The connections of a file in the older format; undefined when it is none. One whose endpoint has no possible form is left out. */
export function readLegacy(content: unknown): readonly Connection[] | undefined {
  const parsed = v.safeParse(LegacyFile, content)
  if (!parsed.success || Object.keys(parsed.output).length === 0) return undefined
  return Object.entries(parsed.output).flatMap(([name, old]) => {
    const endpoint = endpointOf(old.s3_endpoint ?? '')
    if (endpoint === 'impossible') return []
    return {
      name: name.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, ''),
      ...endpoint,
      ...filled('region', old.aws_region ?? ''),
      ...filled('accessKeyId', old.aws_access_key ?? ''),
      ...filled('secretAccessKey', Buffer.from(old.aws_secret_key ?? '', 'base64').toString('utf8')),
    }
  })
}

/** Blank was AWS; without a scheme it was https. */
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
