import { fromEnv, fromHttp, fromIni, fromInstanceMetadata, fromTokenFile } from '@aws-sdk/credential-providers'
import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Connection } from '../../connection.js'
import { ownFailure } from '../answers/failure-kinds.js'
import { failedProfile, failedToFetch } from './credential-failures.js'
import { type Profile, profileOf } from './profile.js'
import { handlerOver, type Services } from './service-handler.js'
import type { Identity } from './sigv4.js'

type Env = Readonly<Record<string, string | undefined>>

/** Settings of a profile that say where its keys come from. */
const SOURCES = [
  ...['aws_access_key_id', 'credential_process', 'login_session', 'role_arn', 'credential_source'],
  ...['sso_session', 'sso_start_url', 'sso_account_id', 'sso_role_name'],
]

/**
 * Fetches keys from the first of AWS's sources that is configured, in the order of the SDK for JavaScript: environment (unless a profile is
 * named), profile, web identity, container, instance. If that source fails, the others are not tried, so the reason is its own.
 */
export async function keysOfChain(connection: Connection, services: Services, env: Env): Promise<Identity> {
  const profile = await profileOf(connection, env)
  const { region, transport } = services
  const requestHandler = handlerOver(transport)
  // SSO is asked in its own region, which a region here would replace; STS gets it from the other field.
  const init = { clientConfig: { requestHandler }, parentClientConfig: { requestHandler, region, profile: profile.name } }
  if (!profile.isNamed && has(env, 'AWS_ACCESS_KEY_ID') && has(env, 'AWS_SECRET_ACCESS_KEY')) return fromEnv()()
  if (SOURCES.some((setting) => profile.settings[setting] !== undefined)) {
    return fromIni({ ...init, profile: profile.name, ignoreCache: true })().catch(await failedProfile(profile.name))
  }
  if (has(env, 'AWS_WEB_IDENTITY_TOKEN_FILE') && has(env, 'AWS_ROLE_ARN')) {
    return fromTokenFile(init)().catch(
      failedToFetch(`the role ${env['AWS_ROLE_ARN'] ?? ''} could not be assumed with AWS_WEB_IDENTITY_TOKEN_FILE`),
    )
  }
  if (has(env, 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI') || has(env, 'AWS_CONTAINER_CREDENTIALS_FULL_URI')) {
    return fromHttp()().catch(failedToFetch('the container’s endpoint (AWS_CONTAINER_CREDENTIALS_…) gave no keys'))
  }
  return isInstanceAsked(env) ? fromInstanceMetadata()().catch(() => nowhere(profile, true)) : nowhere(profile, false)
}

function has(env: Env, variable: string): boolean {
  return (env[variable] ?? '') !== ''
}

function isInstanceAsked(env: Env): boolean {
  const disabled = env['AWS_EC2_METADATA_DISABLED'] ?? ''
  return disabled === '' || disabled === 'false'
}

function nowhere({ name, isNamed }: Profile, asked: boolean): never {
  const places = [
    ...(isNamed ? [] : ['the environment']),
    `the profile "${name}"`,
    ...(asked ? ['a service of the container or instance'] : []),
  ]
  const message = `neither in ${places.join(' nor in ')}`
  throw new StoreError(ownFailure('Login', 'CredentialsMissing', places.length > 1 ? message : `not in ${places.join('')}`))
}
