import { setMaxListeners } from 'node:events'
import { StoreError } from '../pipeline/ports/failure.js'
import type { Leftover } from './report.js'
import { isRefusedByServer, type Outcome } from './verdict.js'
import type { CheckContext } from './check-context.js'
import { type Retry, findLeftovers } from './leftovers.js'

/** Listing and deleting is repeated: one object may hide another (MinIO), a page has 1,000 keys, a write may arrive late. */
const ROUNDS = 5
/** Deletes in flight at once. */
const AT_ONCE = 8
/** Pauses before a retry, ms. */
const PAUSES = [300, 1_000]

/** Removes everything that was created: what the listings show below the root, and the keys of the request log. Returns what could not be removed. */
export async function cleanUp(context: CheckContext, signal: AbortSignal): Promise<readonly Leftover[]> {
  // Every request in flight adds a listener.
  setMaxListeners(0, signal)
  const retry = retrying(context, signal)
  const stuck = new Map<string, Leftover>()
  await removeFolders(context, retry, signal)
  for (let round = 0; round < ROUNDS; round++) {
    const found = await findLeftovers(context, retry, signal, round === 0)
    const failed = await removeAll(context, found, retry, signal)
    for (const leftover of found) stuck.delete(nameOf(leftover))
    for (const leftover of failed) stuck.set(nameOf(leftover), leftover)
    if (found.length > 0 && failed.length < found.length) continue
    if (context.ownBucket && failed.length === 0) {
      const removed = await retry(() => context.calls.deleteBucket({ bucket: context.bucket, signal }))
      if (isGone(removed)) return []
      // A late write may have arrived.
      if (round + 1 < ROUNDS && 'failure' in removed && removed.failure.status === 409) {
        await context.environment.pause(PAUSES[0] ?? 0, signal)
        continue
      }
    }
    break
  }
  for (const leftover of await findLeftovers(context, retry, signal, false)) stuck.set(nameOf(leftover), leftover)
  if (!context.ownBucket) return [...stuck.values()]
  // Nothing is left in a bucket that is gone: s3s-fs refuses to abort an upload that it has already removed (measured).
  if (isGone(await retry(() => context.calls.deleteBucket({ bucket: context.bucket, signal })))) return []
  return [{ kind: 'bucket', bucket: context.bucket }, ...stuck.values()]
}

/**
 * A server on a file system may keep the directories that it created for an object which it then refused: no listing shows them, and a bucket
 * that contains them is not empty (VersityGW, measured). On other servers these keys do not exist, and deleting a missing key succeeds.
 */
async function removeFolders(context: CheckContext, retry: Retry, signal: AbortSignal): Promise<void> {
  const { bucket, root, requestLog } = context
  const folders = [...requestLog.refusedKeys]
    .filter((key) => key.startsWith(root))
    .map((key) => key.slice(0, key.lastIndexOf('/') + 1))
  for (const key of new Set(folders))
    if (key.length > root.length) await retry(() => context.calls.deleteObject({ bucket, key, signal }))
}

function nameOf({ kind, id = '', key = '' }: Leftover): string {
  return `${kind} ${id} ${key}`
}

/** Returns what could not be removed. */
async function removeAll(
  context: CheckContext,
  found: readonly Leftover[],
  retry: Retry,
  signal: AbortSignal,
): Promise<readonly Leftover[]> {
  // The longest key first: file systems keep directories that are not empty.
  const waiting = [...found].sort((a, b) => (a.key?.length ?? 0) - (b.key?.length ?? 0))
  const failed: Leftover[] = []
  const work = async (): Promise<void> => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop())
      if (!isGone(await remove(context, one, retry, signal))) failed.push(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return failed
}

function remove(
  context: CheckContext,
  { kind, bucket, key = '', id }: Leftover,
  retry: Retry,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  return retry(() =>
    kind === 'upload'
      ? context.store.multipart.abortUpload({ bucket, key, uploadId: id ?? '', signal })
      : context.calls.deleteObject({ bucket, key, ...(id !== undefined && { id }), signal }),
  )
}

/** 404 also means that nothing is left. */
function isGone(outcome: Outcome<unknown>): boolean {
  return 'ok' in outcome || outcome.failure.status === 404
}

/** Retries requests. Once a request got no answer after all attempts, every later one fails at once. */
function retrying(context: CheckContext, signal: AbortSignal): Retry {
  let lost: StoreError | undefined
  return async (ask) => {
    for (let tried = 0; ; tried++) {
      if (lost !== undefined) return { failure: lost.failure }
      try {
        return { ok: await ask() }
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        const pause = PAUSES[tried]
        if (isRefusedByServer(error.failure)) return { failure: error.failure }
        if (pause === undefined && error.failure.status === undefined) lost = error
        if (pause === undefined || signal.aborted) return { failure: error.failure }
        await context.environment.pause(pause, signal)
      }
    }
  }
}
