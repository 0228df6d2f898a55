import type { Emit } from '../events/emit.js'
import type { SuspectedFeatures } from '../run/target-capabilities.js'
import { type FailureReason, StoreError } from '../ports/failure.js'
import { type Copy, pinned, sourceOf } from '../ports/object-copy.js'
import type { ServerSideCopies } from '../ports/store-facets.js'
import type { Run } from '../run/run-context.js'
import { proveServerSide, type Transferred } from './copy-proof.js'
import { splitExtras } from './deferred-extras.js'
import type { Route } from './route.js'

/**
 * Copies an object of up to 5 GB on the server, pinned to the listed ETag; then `proveServerSide` says what proves the bytes. Call it within
 * `MetadataCopier.yielding`, which provides `suspected`.
 */
export async function copyServerSide(
  run: Run,
  route: Route,
  copies: ServerSideCopies,
  copy: Copy,
  suspected: SuspectedFeatures,
  emit: Emit,
  signal: AbortSignal,
): Promise<Transferred> {
  const { metadataCopier, changesOf } = route
  const { entry } = copy.from
  const from = sourceOf(copy)
  const isChanged = changesOf?.(entry.key) !== undefined
  const expected = await metadataCopier.source.expectedOnServer(from, entry, isChanged, signal)
  const { now: extras, later } = splitExtras(metadataCopier.granted(expected, suspected), false)
  // The server copies all attributes or none. MinIO's server-side copies lose Expires unless the request repeats it (measured).
  const attributes = isChanged || expected?.attributes.expires !== undefined ? expected?.attributes : undefined
  const asked = copies.copy({ ...copy.to, from, ...pinned(entry), attributes, extras, signal })
  const written = await metadataCopier.written(extras, suspected, asked)
  const proof = await proveServerSide(run, route, copy, written, signal)
  await metadataCopier.finish(expected, later, entry.key, copy.to, written, suspected, emit, signal)
  return { ...written, proof }
}

/**
 * Whether the endpoint, or the permissions of the target's access key, do not allow server-side copies from there. Errors about a single
 * object do not count.
 */
export function isServerSideCopyRefused(error: unknown): error is StoreError {
  if (!(error instanceof StoreError)) return false
  const { reason, kind } = error.failure
  return (kind === 'permanent' || kind === 'fatal') && reason !== undefined && REFUSALS.has(reason)
}

const REFUSALS: ReadonlySet<FailureReason> = new Set([
  ...(['denied', 'not-allowed', 'not-implemented', 'invalid-request', 'no-such-bucket'] as const),
])
