import { NodeHttpHandler } from '@smithy/node-http-handler'
import { HttpProxyAgent } from 'http-proxy-agent'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { rootCertificates } from 'node:tls'
import { getProxyForUrl } from 'proxy-from-env'
import { StoreError } from '../../pipeline/errors.js'
import type { Connection } from '../connections/connection.js'
import { ownFailure } from './failures.js'

export type Transport = NodeHttpHandler

/** Sockets of a connection: kept open, `sockets` at most, through the environment's proxy where one is named, trusting what was said to be trusted. */
export async function openTransport(
  connection: Connection,
  endpoint: string,
  sockets: number,
  connectMs: number,
): Promise<Transport> {
  const pool = { keepAlive: true, maxSockets: sockets }
  const tls = { ...pool, ...(await trust(connection)) }
  const proxy = getProxyForUrl(endpoint)
  return new NodeHttpHandler({
    httpAgent: proxy === '' ? new http.Agent(pool) : new HttpProxyAgent(proxy, pool),
    httpsAgent: proxy === '' ? new https.Agent(tls) : new HttpsProxyAgent(proxy, tls),
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
    return { ca: [...rootCertificates, await readFile(caFile, 'utf8')] }
  } catch (cause) {
    const message = `the CA file ${caFile} can't be read`
    throw new StoreError(ownFailure('Connect', 'CertificateUntrusted', message), { cause })
  }
}
