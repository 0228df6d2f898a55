import type { Connection } from '../../connection.js'
import { ConfigurationError } from '../../connections/configuration-error.js'
import { endpointProblem, plainEndpoint } from '../../connections/validate.js'
import { type Profile, profileOf } from './profile.js'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The endpoint that AWS's settings name for S3 (AWS SDKs and Tools Reference Guide, "Service-specific endpoints"): that of the environment,
 * then that of the profile, each time the one for S3 before the general one; undefined for AWS itself.
 * @param from `profile`: the environment's endpoints do not count
 * @throws {ConfigurationError} when it can't be used: the data may not be meant for AWS, so that is no fallback
 */
export async function configuredEndpoint(
  connection: Pick<Connection, 'profile' | 'accessKeyId' | 'anonymous'>,
  env: Env,
  from: 'environment and profile' | 'profile',
): Promise<string | undefined> {
  const profile = await profileOf(connection, env)
  if (areIgnored(profile, env)) return undefined
  const ofEnvironment = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'].map((name) => [name, env[name]] as const)
  const all = from === 'profile' ? ofProfile(profile) : [...ofEnvironment, ...ofProfile(profile)]
  const [where, endpoint] = all.find(([, value]) => value !== undefined) ?? []
  if (endpoint === undefined) return undefined
  // The message does not show the value: it may contain a password.
  const problem = endpoint === '' ? 'It is set, and empty.' : endpointProblem(endpoint)
  if (problem === undefined) return plainEndpoint(endpoint)
  throw new ConfigurationError(`${where} can't be used. ${problem}`, 'Correct it, or unset it for AWS itself.')
}

function areIgnored({ settings }: Profile, env: Env): boolean {
  const { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: own = '' } = env
  return (own === '' ? settings['ignore_configured_endpoint_urls'] : own)?.toLowerCase() === 'true'
}

function ofProfile({ name, settings, services }: Profile): readonly (readonly [where: string, value: string | undefined])[] {
  const { services: section } = settings
  if (section !== undefined && services === undefined)
    throw new ConfigurationError(
      `The profile "${name}" names the section [services ${section}], which does not exist.`,
      'Correct it in ~/.aws/config.',
    )
  return [
    [`endpoint_url for S3 in [services ${section ?? ''}]`, services?.['s3.endpoint_url']],
    [`endpoint_url of the profile "${name}"`, settings['endpoint_url']],
  ]
}
