import type { S3ClientConfig } from '@aws-sdk/client-s3'
import type { Connection } from '../connections/connection.js'

/** How a connection's requests are signed: not at all, with its own keys, or with what the default chain finds; then perhaps as a role. */
export async function credentialsOf(connection: Connection): Promise<S3ClientConfig> {
  if (connection.anonymous === true) return { signer: { sign: (request) => Promise.resolve(request) }, credentials: NOBODY }
  const own = ownKeys(connection)
  if (own !== undefined && connection.roleArn === undefined) return { credentials: own }
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
  const profile = connection.profile === undefined ? {} : { profile: connection.profile }
  const base = own ?? fromNodeProviderChain(profile)
  if (connection.roleArn === undefined) return { credentials: base }
  const params = { RoleArn: connection.roleArn, RoleSessionName: 's3-sync' }
  const region = connection.region === undefined ? {} : { clientConfig: { region: connection.region } }
  return { credentials: fromTemporaryCredentials({ masterCredentials: base, params, ...region }) }
}

const NOBODY = { accessKeyId: '', secretAccessKey: '' }

function ownKeys({ accessKeyId, secretAccessKey, sessionToken }: Connection) {
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}
