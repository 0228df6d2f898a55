import { StoreError } from '../../../pipeline/ports/failure.js'
import { ownFailure } from '../answers/failure-kinds.js'

/** An ETag without its quotes; empty if missing. A weak one proves nothing, so it counts as missing. */
export function plainEtag(etag: string | undefined): string {
  if (etag === undefined || etag.startsWith('W/')) return ''
  if (etag.startsWith('"') && etag.endsWith('"')) return etag.slice(1, -1)
  return etag.replaceAll('"', '')
}

/**
 * The ETag of a written object. An answer without one is a failure: status 200 may hide an error that the SDK didn't recognise (measured).
 */
export function writtenEtag(operation: string, etag: string | undefined): string {
  if (etag === undefined)
    throw new StoreError(ownFailure(operation, 'NoETag', 'the server answered without an ETag', 'transient'))
  return plainEtag(etag)
}
