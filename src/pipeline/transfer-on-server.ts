import { StoreError } from './errors.js'
import { sided } from './sided.js'
import { checkEtag, type Copied, type Copy, type EtagTrust, pinned, type Stores } from './transfer.js'

/** Whether the endpoint copies by itself from the source's buckets to the target's: assumed where both are one, until it refuses. */
export interface ServerSide {
  usable: boolean
}

/** Copies an object of up to 5 GB on the server, pinned to the listed ETag; then checks what the target says it has. */
export async function copyOnServer(stores: Stores, copy: Copy, trust: EtagTrust, signal: AbortSignal): Promise<Copied> {
  const { bucket, entry } = copy.from
  const from = { bucket, key: entry.key }
  const { etag } = await sided('target', stores.target.copy({ ...copy.to, from, ...pinned(entry), signal }))
  await checkEtag(stores, copy, etag, trust, signal)
  return { size: entry.size, etag }
}

/** Answers by which an endpoint, or the target's login, says that it does not copy from there. What is wrong with one object is none. */
export function isRefusal(error: unknown): error is StoreError {
  if (!(error instanceof StoreError)) return false
  const { code, status, kind } = error.failure
  return (kind === 'permanent' || kind === 'fatal') && (REFUSALS.has(code) || status === 403 || status === 405 || status === 501)
}

const REFUSALS = new Set(['InvalidArgument', 'InvalidRequest', 'NoSuchBucket', 'NotImplemented'])
