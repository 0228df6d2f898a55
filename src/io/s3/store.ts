import type { MetadataCalls, MultipartUploads, ObjectVersions, ServerSideCopies } from '../../pipeline/ports/store-facets.js'
import type { Connection } from '../connection.js'
import type { OpenStore } from '../open-store.js'
import { AWS } from './http/endpoint-address.js'
import { bucketRuleCalls } from './calls/bucket-settings.js'
import { bucketCalls } from './calls/buckets.js'
import { Announcing } from './calls/checksums.js'
import type { CustomerKeys } from './calls/sse-c-key.js'
import { deleteCalls } from './calls/deletes.js'
import { keyCheck } from './calls/key-normalization-check.js'
import { Listings } from './calls/list-objects.js'
import type { OnNotice } from './calls/notice.js'
import { isThere, objectCalls } from './calls/objects.js'
import { type Line, type LineOptions, openLine } from './http/connect.js'
import type { RareCalls } from './calls/sdk-calls.js'
import { serverSideCalls } from './calls/server-side-copy.js'
import { tagCalls } from './calls/tags.js'
import { uploadCalls } from './calls/multipart-uploads.js'
import { versionCalls } from './calls/versions.js'

/** An S3 endpoint: an {@link ObjectStore} with every facet that servers have. */
export interface S3Store extends OpenStore {
  readonly multipart: MultipartUploads
  readonly serverSideCopies: ServerSideCopies
  readonly versions: ObjectVersions
  readonly metadata: MetadataCalls
}

export interface StoreOptions extends LineOptions {
  readonly onNotice?: OnNotice
  readonly customerKeys?: CustomerKeys
}

/**
 * Opens a store. Sends no request: a wrong login is reported by the first call. The SDK is loaded only for a rare call, or to fetch keys.
 */
export async function openStore(connection: Connection, options: StoreOptions): Promise<S3Store> {
  return storeOn(await openLine(connection, options), connection, options.onNotice ?? (() => undefined), options.customerKeys)
}

/** A store on an open line; closing the store closes the line. */
export function storeOn({ requests, close }: Line, connection: Connection, onNotice: OnNotice, keys: CustomerKeys = {}): S3Store {
  const listings = new Listings(requests, onNotice)
  const announcing = new Announcing(onNotice)
  const checkKey = keyCheck(listings, (ref) => isThere(requests, ref))
  let loaded: Promise<RareCalls> | undefined
  const rare = () => (loaded ??= import('./calls/sdk-calls.js').then(({ rareCalls }) => rareCalls(requests)))
  const { bucketRules, ...versioning } = bucketRuleCalls(requests, keys)
  return {
    endpoint: connection.endpoint ?? AWS,
    traits: { seeks: true, holdsFolders: true },
    clock: () => requests.clock.read(connection.endpoint ?? AWS),
    listPage: (request) => listings.page(request),
    ...objectCalls(requests, checkKey, announcing, keys, onNotice),
    ...deleteCalls(requests),
    ...bucketCalls(requests, connection.endpoint === undefined),
    multipart: uploadCalls(requests, rare, checkKey, announcing, keys),
    serverSideCopies: serverSideCalls(requests, checkKey, keys),
    versions: { ...versionCalls(requests, onNotice), ...versioning },
    metadata: {
      ...tagCalls(requests),
      putTags: async (request) => (await rare()).putTags(request),
      acl: async (request) => (await rare()).acl(request),
      lock: async (request) => (await rare()).lock(request),
      bucketRules,
    },
    listBuckets: async (request) => (await rare()).listBuckets(request),
    close,
  }
}
