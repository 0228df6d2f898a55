import { ConfigurationError } from '../../connections/configuration-error.js'
import type { Connection } from '../../connection.js'
import { regionProblem } from '../../connections/validate.js'
import type { Profile } from './profile.js'

const DEFAULT_REGION = 'us-east-1'

/**
 * The region that a connection's requests are signed for, until a bucket turns out to be in another one (cli.md, Locations): that of the
 * connection, of the environment, or of the profile, in this order.
 * @throws {ConfigurationError} when the environment or the profile names an invalid region
 */
export function homeRegion(own: Connection['region'], profile: Profile, env: NodeJS.ProcessEnv): string {
  if (own !== undefined) return own
  for (const variable of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    const told = env[variable] ?? ''
    if (told !== '') return checked(told, variable)
  }
  const told = profile.settings['region']
  return told === undefined ? DEFAULT_REGION : checked(told, `The profile "${profile.name}"`)
}

function checked(region: string, where: string): string {
  const problem = regionProblem(region)
  if (problem === undefined) return region
  throw new ConfigurationError(`${where} names the region "${region}". ${problem}`, 'Correct it, or unset it.')
}
