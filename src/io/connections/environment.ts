import { ConfigurationError } from './configuration-error.js'
import type { Connection } from '../connection.js'
import { plainEndpoint, regionProblem } from './validate.js'

type Env = Readonly<Record<string, string | undefined>>

const PREFIX = 'S3_SYNC_CONNECTION_'

/** The names of all connections in the environment, as written there. {@link fromEnvironment} reports malformed ones. */
export function environmentNames(env: Env): readonly string[] {
  return Object.keys(env).flatMap((variable) => (variable.toUpperCase().startsWith(PREFIX) ? variable.slice(PREFIX.length) : []))
}

/** Whether a name equals one of the environment: case does not matter, and `-` is written `_`. */
export function sameName(a: string, b: string): boolean {
  return plainName(a) === plainName(b)
}

/**
 * The connection in `S3_SYNC_CONNECTION_<NAME>`: `http(s)://KEY:SECRET@HOST[:PORT][/PATH]?region=…` (cli.md, locations). Case doesn't matter, and
 * `-` is written `_`.
 * @throws {ConfigurationError} names the variable and the problem, never its value
 */
export function fromEnvironment(name: string, env: Env): Connection | undefined {
  const variable = Object.keys(env).find(
    (key) => key.toUpperCase().startsWith(PREFIX) && sameName(key.slice(PREFIX.length), name),
  )
  const value = variable === undefined ? undefined : env[variable]
  if (variable === undefined || value === undefined || value === '') return undefined
  const wrong = (what: string): ConfigurationError =>
    new ConfigurationError(
      `${variable}: ${what}`,
      'It is written http(s)://KEY:SECRET@HOST[:PORT]?region=…, everything percent-encoded.',
    )
  if (!/^https?:\/\//i.test(value)) throw wrong('it does not begin with http:// or https://.')
  if (!URL.canParse(value)) throw wrong('it is no URL; special characters must be percent-encoded.')
  const url = new URL(value)
  if (url.hash !== '') throw wrong('it holds a "#", which must be written %23.')
  const accessKeyId = decoded(url.username)
  const secretAccessKey = decoded(url.password)
  if (accessKeyId === undefined || secretAccessKey === undefined) throw wrong('its key or secret is not percent-encoded.')
  if ((accessKeyId === '') !== (secretAccessKey === '')) throw wrong('it has a key without a secret, or a secret without a key.')
  const keys = accessKeyId === '' ? {} : { accessKeyId, secretAccessKey }
  return { name, endpoint: plainEndpoint(value), ...keys, ...parameters(parametersOf(url), wrong) }
}

/** Percent-encoded like the rest of the URL: "+" means "+", not a space as in forms. Session tokens often contain "+". */
function parametersOf(url: URL): URLSearchParams {
  return new URLSearchParams(url.search.replaceAll('+', '%2B'))
}

function parameters(given: URLSearchParams, wrong: (what: string) => ConfigurationError): Partial<Connection> {
  const result: { -readonly [Field in keyof Connection]?: Connection[Field] } = {}
  const flag = (parameter: string, value: string): boolean => {
    if (value !== 'true' && value !== 'false') throw wrong(`${parameter} is true or false.`)
    return value === 'true'
  }
  for (const [parameter, value] of given) {
    if (given.getAll(parameter).length > 1) throw wrong(`${parameter} is given twice.`)
    switch (parameter) {
      case 'region':
        if (regionProblem(value) !== undefined) throw wrong('region is a word like eu-central-1.')
        result.region = value
        break
      case 'token':
        result.sessionToken = value
        break
      case 'profile':
        result.profile = value
        break
      case 'role':
        result.roleArn = value
        break
      case 'ca-file':
        result.caFile = value
        break
      case 'path-style':
        result.pathStyle = flag(parameter, value)
        break
      case 'anonymous':
        result.anonymous = flag(parameter, value)
        break
      case 'requester-pays':
        result.requesterPays = flag(parameter, value)
        break
      case 'insecure':
        result.insecure = flag(parameter, value)
        break
      default:
        // The message omits the parameter's name: an unencoded "&" turns the rest of a token into a parameter.
        throw wrong(
          `a parameter is none of those of a connection: region, token, profile, role, ca-file, path-style, anonymous, requester-pays, insecure.`,
        )
    }
  }
  return result
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
