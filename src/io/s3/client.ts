import { S3Client, type S3ClientConfig, type ServiceInputTypes, type ServiceOutputTypes } from '@aws-sdk/client-s3'
import type { BuildMiddleware, FinalizeRequestMiddleware } from '@smithy/types'
import { isIP } from 'node:net'
import type { Connection } from '../connections/connection.js'
import { credentialsOf } from './credentials.js'
import { asUtf8Bytes, hasHeaders } from './headers.js'
import { openTransport, type Transport } from './transport.js'

/** Where AWS answers when a connection names no endpoint; the region's own address is found by the SDK. */
const AWS = 'https://s3.amazonaws.com'
const DEFAULT_REGION = 'us-east-1'

/** Clients of one connection, one a region: a client signs for one region, and a bucket may be in another (design.md, decision 14). */
export interface Clients {
  readonly homeRegion: string
  /** `https://host`, without anything secret; AWS by its common name. */
  readonly endpoint: string
  in(region: string): S3Client
  /** Some servers take virtual-host addresses only. False when that is how they were called already. */
  leavePathStyle(): boolean
  close(): void
}

/** Prepares the clients of a connection. No request is sent. `sockets`: connections at once. */
export async function openClients(connection: Connection, sockets: number, connectMs: number): Promise<Clients> {
  // The SDK's notice about coming Node versions is no one's business who runs this tool; stderr is for problems.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  const config = await configOf(connection, await openTransport(connection, connection.endpoint ?? AWS, sockets, connectMs))
  const homeRegion = connection.region ?? (await defaultRegion(connection))
  let forcePathStyle = connection.pathStyle ?? pathStyleFits(connection.endpoint)
  const clients = new Map<string, S3Client>()
  const make = (region: string): S3Client => {
    const client = new S3Client({ ...config, region, forcePathStyle })
    addHeaders(client, connection)
    clients.set(region, client)
    return client
  }
  return {
    homeRegion,
    endpoint: connection.endpoint ?? AWS,
    in: (region) => clients.get(region) ?? make(region),
    leavePathStyle() {
      if (!forcePathStyle || connection.pathStyle === true) return false
      forcePathStyle = false
      clients.clear()
      return true
    },
    close() {
      for (const client of clients.values()) client.destroy()
    },
  }
}

async function configOf(connection: Connection, transport: Transport): Promise<S3ClientConfig> {
  return {
    ...(await credentialsOf(connection)),
    ...(connection.endpoint === undefined ? {} : { endpoint: connection.endpoint }),
    ...(connection.profile === undefined ? {} : { profile: connection.profile }),
    // `AWS_ENDPOINT_URL` would capture every connection without an endpoint of its own (cli.md, Environment).
    ignoreConfiguredEndpointUrls: true,
    requestHandler: transport,
    // The pipeline retries; the SDK could not replay a stream.
    maxAttempts: 1,
    // Trailing checksums are refused by many servers (aws-sdk-js-v3#6810).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    followRegionRedirects: false,
    // Without a logger of its own, the SDK warns on stderr about every stream that failed.
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  }
}

function ignore(): void {
  return undefined
}

/** Virtual-host addresses need names that resolve: AWS has them, an IP address can't, and most other servers were never told. */
function pathStyleFits(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return false
  const host = new URL(endpoint).hostname
  return isIP(host.replace(/^\[|\]$/g, '')) !== 0 || !/(^|\.)amazonaws\.com(\.cn)?$/.test(host)
}

async function defaultRegion({ profile }: Connection): Promise<string> {
  try {
    return await new S3Client(profile === undefined ? {} : { profile }).config.region()
  } catch {
    return DEFAULT_REGION
  }
}

function addHeaders(client: S3Client, { requesterPays }: Connection): void {
  if (requesterPays === true) {
    const payer: BuildMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next) => (args) => {
      if (hasHeaders(args.request)) args.request.headers['x-amz-request-payer'] = 'requester'
      return next(args)
    }
    client.middlewareStack.add(payer, { step: 'build', name: 'requesterPays' })
  }
  // After signing: the signature is over the text's UTF-8 bytes, which are what travels.
  const utf8: FinalizeRequestMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next) => (args) => {
    if (hasHeaders(args.request)) {
      const { headers } = args.request
      for (const name in headers) headers[name] = asUtf8Bytes(headers[name] ?? '')
    }
    return next(args)
  }
  client.middlewareStack.addRelativeTo(utf8, { relation: 'after', toMiddleware: 'httpSigningMiddleware', name: 'utf8Headers' })
}
