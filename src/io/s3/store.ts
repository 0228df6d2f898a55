import type { Cancellable, ObjectStore } from '../../pipeline/ports.js'
import type { Connection } from '../connections/connection.js'
import { bucketCalls } from './buckets.js'
import { Calls } from './calls.js'
import { openClients } from './client.js'
import { keyCheck } from './key-check.js'
import { Listings, type OnNotice } from './listing.js'
import { objectCalls } from './objects.js'
import { uploadCalls } from './uploads.js'
import { TIMEOUTS, type Timeouts } from './watch.js'

/** An endpoint as an {@link ObjectStore}. */
export interface S3Store extends ObjectStore {
  /** The names of all buckets the login may see, in the server's order. */
  listBuckets(request: Cancellable): Promise<readonly string[]>
  /** `http(s)://host[:port]`, nothing secret. */
  readonly endpoint: string
  /** Closes its sockets. */
  close(): void
}

export interface StoreOptions {
  /** Connections at once; as many as requests may be in flight. */
  readonly sockets: number
  readonly timeouts?: Timeouts
  readonly onNotice?: OnNotice
}

/** Prepares a store. Sends no request: a wrong login shows at the first call. */
export async function openStore(connection: Connection, options: StoreOptions): Promise<S3Store> {
  const timeouts = options.timeouts ?? TIMEOUTS
  const clients = await openClients(connection, options.sockets, timeouts.connectMs)
  const calls = new Calls(clients, timeouts)
  const listings = new Listings(calls, options.onNotice ?? (() => undefined))
  const checkKey = keyCheck(listings)
  return {
    endpoint: clients.endpoint,
    listPage: (request) => listings.page(request),
    ...objectCalls(calls, checkKey),
    ...uploadCalls(calls, checkKey),
    ...bucketCalls(calls, connection.endpoint === undefined),
    close: () => clients.close(),
  }
}
