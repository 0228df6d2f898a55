import { NodeHttpHandler } from '@smithy/node-http-handler'
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { rootCertificates } from 'node:tls'
import { StoreError } from '../../pipeline/errors.js'
import type { Connection } from '../connections/connection.js'
import { ownFailure } from './failures.js'
import { proxyFor, throughProxy, tunnel } from './proxy.js'

export type Transport = NodeHttpHandler

/** Sockets of a connection: kept open, `sockets` at most, through the environment's proxy where one is named, trusting what was said to be trusted. */
export async function openTransport(
  connection: Connection,
  endpoint: string,
  sockets: number,
  connectMs: number,
): Promise<Transport> {
  const pool = { keepAlive: true, maxSockets: sockets }
  const trusted = await trust(connection)
  const proxy = proxyFor(endpoint)
  return new NodeHttpHandler({
    httpAgent: proxy === undefined ? new http.Agent(pool) : throughProxy(proxy, pool),
    httpsAgent: proxy === undefined ? new https.Agent({ ...pool, ...trusted }) : tunnel(proxy, pool, trusted),
    connectionTimeout: connectMs,
    // More copies than sockets is no fault: nothing to warn about on stderr.
    socketAcquisitionWarningTimeout: 2 ** 31 - 1,
  })
}

/** A private authority is trusted beside the known ones, not instead of them. */
async function trust({ insecure, caFile }: Connection): Promise<https.AgentOptions> {
  if (insecure === true) return { rejectUnauthorized: false }
  if (caFile === undefined) return {}
  try {
    // Naming authorities here leaves out those of the environment, which Node would add by itself.
    const extra = process.env['NODE_EXTRA_CA_CERTS'] ?? ''
    const files = extra === '' ? [caFile] : [caFile, extra]
    return { ca: [...rootCertificates, ...(await Promise.all(files.map((file) => readFile(file, 'utf8'))))] }
  } catch (cause) {
    const message = `the CA file ${caFile} can't be read`
    throw new StoreError(ownFailure('Connect', 'CertificateUntrusted', message), { cause })
  }
}
