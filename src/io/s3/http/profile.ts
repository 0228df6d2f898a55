import { loadSharedConfigFiles } from '@smithy/core/config'
import { ConfigurationError } from '../../connections/configuration-error.js'
import type { Connection } from '../../connection.js'

/** A profile of AWS's shared files (AWS SDKs and Tools Reference Guide, "Shared config and credentials files"). */
export interface Profile {
  readonly name: string
  /** The connection or AWS_PROFILE names it; it is not only the default. */
  readonly isNamed: boolean
  /** The settings of both files; empty if neither has the profile. */
  readonly settings: Readonly<Record<string, string | undefined>>
  /** The settings of its `services` section, e.g. `s3.endpoint_url`; undefined if it names none, or one that does not exist. */
  readonly services?: Readonly<Record<string, string | undefined>>
}

/**
 * The profile of a connection; without one, that of AWS_PROFILE, else the default.
 * @throws {ConfigurationError} when the profile that is named, and needed, does not exist
 */
export async function profileOf(
  { profile: given, accessKeyId, anonymous }: Pick<Connection, 'profile' | 'accessKeyId' | 'anonymous'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Profile> {
  const { AWS_PROFILE: chosen = '' } = env
  const named = given ?? (chosen === '' ? undefined : chosen)
  const name = named ?? 'default'
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true })
  const [config, credentials] = [configFile[name], credentialsFile[name]]
  const isNeeded = given !== undefined || (accessKeyId === undefined && anonymous !== true)
  if (named !== undefined && isNeeded && config === undefined && credentials === undefined) {
    throw new ConfigurationError(
      `There is no profile "${name}" in ~/.aws/config or ~/.aws/credentials${given === undefined ? ' (AWS_PROFILE)' : ''}.`,
      'Check its spelling, and AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE.',
    )
  }
  const settings = { ...credentials, ...config }
  const services = configFile[`services.${settings['services'] ?? ''}`]
  return { name, isNamed: named !== undefined, settings, ...(services && { services }) }
}
