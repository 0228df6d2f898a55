import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import type { Connection } from '../../connection.js'
import { failedToFetch } from './credential-failures.js'
import { keysOfChain } from './credential-chain.js'
import { handlerOver, type Services } from './service-handler.js'
import type { Credentials, Identity } from './sigv4.js'

/**
 * Fetches the keys of a connection: its own or those of the default chain, exchanged for those of its role if it has one. Each call asks the
 * source again. The SDK's own chain is not used: it keeps keys until they are about to expire, although a server may end them earlier.
 */
export function providerOf(connection: Connection, own: Credentials | undefined, services: Services): () => Promise<Identity> {
  // The SDK's notice about future Node versions does not concern users of this tool; stderr is for problems.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  const { roleArn } = connection
  const keys = () => (own === undefined ? keysOfChain(connection, services, process.env) : Promise.resolve(own))
  if (roleArn === undefined) return keys
  const params = { RoleArn: roleArn, RoleSessionName: 's3-sync' }
  const clientConfig = { requestHandler: handlerOver(services.transport), region: services.region }
  return async () => {
    const masterCredentials = await keys()
    const assume = fromTemporaryCredentials({ masterCredentials, params, clientConfig })
    return assume().catch(failedToFetch(`the role ${roleArn} could not be assumed`))
  }
}
