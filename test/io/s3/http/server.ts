import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openStore, type S3Store, type StoreOptions } from '../../../../src/io/s3/store.js'
import type { Connection } from '../../../../src/io/connection.js'

export const never = new AbortController().signal

/** A server that answers as a test defines, and a store connected to it. */
export interface Stage {
  readonly store: S3Store
  /** `GET /bucket/key?query` of each request, as received. */
  readonly requests: string[]
  readonly origin: string
  stop(): Promise<void>
}

export async function stage(
  answer: RequestListener,
  connection: Partial<Connection> = {},
  options: Partial<StoreOptions> = {},
): Promise<Stage> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = originOf(server.address())
  const keys = { accessKeyId: 'key', secretAccessKey: 'secret', region: 'us-east-1' }
  const store = await openStore({ name: 'test', endpoint: origin, ...keys, ...connection }, { sockets: 5, ...options })
  const stop = async (): Promise<void> => {
    store.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { store, requests, origin, stop }
}

function originOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

/** An error in S3's format. */
export function errorXml(code: string, more = ''): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} it is\nsecond line</Message>${more}</Error>`
}

/** The query of a request. */
export function query(request: IncomingMessage): URLSearchParams {
  return new URL(request.url ?? '', 'http://x').searchParams
}
