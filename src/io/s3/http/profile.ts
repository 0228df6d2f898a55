import { loadSharedConfigFiles } from '@smithy/core/config'
import { ConfigurationError } from '../../connections/configuration-error.js'

/** A profile of AWS's shared files (AWS SDKs and Tools Reference Guide, "Shared config and credentials files"). */
export interface Profile {
  readonly name: string
  /** The settings of both files; empty if neither has the profile. */
  readonly settings: Readonly<Record<string, string | undefined>>
}

/**
 * The profile with the given name; without one, that of AWS_PROFILE, else the default.
 * @throws {ConfigurationError} when the given profile does not exist
 */
export async function profileOf(given: string | undefined, env: NodeJS.ProcessEnv): Promise<Profile> {
  const { AWS_PROFILE: chosen = '' } = env
  const name = given ?? (chosen === '' ? 'default' : chosen)
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true })
  const [config, credentials] = [configFile[name], credentialsFile[name]]
  if (given !== undefined && config === undefined && credentials === undefined) {
    throw new ConfigurationError(
      `There is no profile "${name}" in ~/.aws/config or ~/.aws/credentials.`,
      'Check its spelling, and AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE.',
    )
  }
  return { name, settings: { ...credentials, ...config } }
}
