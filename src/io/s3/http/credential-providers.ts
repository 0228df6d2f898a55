import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import type { Connection } from '../../connection.js'
import { handlerOver, type Services } from './service-handler.js'
import type { Credentials, Identity } from './sigv4.js'

/**
 * Provides the keys of a connection: its own or those of the default chain (environment, profile, SSO, container, instance), exchanged for
 * those of its role if it has one.
 */
export function providerOf(connection: Connection, own: Credentials | undefined, services: Services): () => Promise<Identity> {
  // The SDK's notice about future Node versions does not concern users of this tool; stderr is for problems.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  const { profile, roleArn } = connection
  const clientConfig = { requestHandler: handlerOver(services.transport), region: services.region }
  const chain = own ?? fromNodeProviderChain({ clientConfig, ...(profile === undefined ? {} : { profile }) })
  if (roleArn === undefined) return typeof chain === 'function' ? chain : () => Promise.resolve(chain)
  const params = { RoleArn: roleArn, RoleSessionName: 's3-sync' }
  const assumed = fromTemporaryCredentials({ masterCredentials: chain, params, clientConfig })
  return () => assumed()
}
