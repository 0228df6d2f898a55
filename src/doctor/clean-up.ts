import { setMaxListeners } from 'node:events'
import { StoreError } from '../pipeline/ports/failure.js'
import type { Remnant } from './report.js'
import { isRefusal, type Outcome } from './verdict.js'
import type { Patient } from './subject.js'
import { type Insist, remnants } from './leftovers.js'

/** Looking and deleting is repeated: one object may hide another (MinIO), a page holds a thousand, a write may arrive late. */
const ROUNDS = 5
/** Deletes under way at once. */
const AT_ONCE = 8
/** Before what failed is tried again, ms. */
const PAUSES = [300, 1_000]

/** Removes all that was made: what the listings show below the root, and what the ledger knows of. Answers what stayed. */
export async function cleanUp(p: Patient, signal: AbortSignal): Promise<readonly Remnant[]> {
  // Every request under way listens to it.
  setMaxListeners(0, signal)
  const insist = insistent(p, signal)
  const stuck = new Map<string, Remnant>()
  await removeFolders(p, insist, signal)
  for (let round = 0; round < ROUNDS; round++) {
    const found = await remnants(p, insist, signal, round === 0)
    const failed = await removeAll(p, found, insist, signal)
    for (const one of found) stuck.delete(nameOf(one))
    for (const one of failed) stuck.set(nameOf(one), one)
    if (found.length > 0 && failed.length < found.length) continue
    if (p.ownBucket && failed.length === 0) {
      const removed = await insist(() => p.calls.deleteBucket({ bucket: p.bucket, signal }))
      if (isGone(removed)) return []
      // Something arrived late, perhaps.
      if (round + 1 < ROUNDS && 'failure' in removed && removed.failure.status === 409) {
        await p.world.pause(PAUSES[0] ?? 0, signal)
        continue
      }
    }
    break
  }
  for (const one of await remnants(p, insist, signal, false)) stuck.set(nameOf(one), one)
  return p.ownBucket ? [{ kind: 'bucket', bucket: p.bucket }, ...stuck.values()] : [...stuck.values()]
}

/**
 * A file system may keep the directories that it made for an object before it refused it: no listing shows them, and a bucket with them in it
 * is not empty (VersityGW, measured). Elsewhere there is nothing of these names, and deleting nothing succeeds.
 */
async function removeFolders(p: Patient, insist: Insist, signal: AbortSignal): Promise<void> {
  const { bucket, root, ledger } = p
  const folders = [...ledger.refused].filter((key) => key.startsWith(root)).map((key) => key.slice(0, key.lastIndexOf('/') + 1))
  for (const key of new Set(folders))
    if (key.length > root.length) await insist(() => p.calls.deleteObject({ bucket, key, signal }))
}

function nameOf({ kind, id = '', key = '' }: Remnant): string {
  return `${kind} ${id} ${key}`
}

/** Answers what could not be removed. */
async function removeAll(
  p: Patient,
  found: readonly Remnant[],
  insist: Insist,
  signal: AbortSignal,
): Promise<readonly Remnant[]> {
  // The longest first: file systems keep directories that hold something.
  const waiting = [...found].sort((a, b) => (a.key?.length ?? 0) - (b.key?.length ?? 0))
  const failed: Remnant[] = []
  const work = async (): Promise<void> => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop())
      if (!isGone(await remove(p, one, insist, signal))) failed.push(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return failed
}

function remove(
  p: Patient,
  { kind, bucket, key = '', id }: Remnant,
  insist: Insist,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  return insist(() =>
    kind === 'upload'
      ? p.store.multipart.abortUpload({ bucket, key, uploadId: id ?? '', signal })
      : p.calls.deleteObject({ bucket, key, ...(id !== undefined && { id }), signal }),
  )
}

/** What the server does not know was never there. */
function isGone(outcome: Outcome<unknown>): boolean {
  return 'ok' in outcome || outcome.failure.status === 404
}

/** A server that stopped answering is not asked over and over: then all fails at once. */
function insistent(p: Patient, signal: AbortSignal): Insist {
  let lost: StoreError | undefined
  return async (ask) => {
    for (let tried = 0; ; tried++) {
      if (lost !== undefined) return { failure: lost.failure }
      try {
        return { ok: await ask() }
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        const pause = PAUSES[tried]
        if (isRefusal(error.failure)) return { failure: error.failure }
        if (pause === undefined && error.failure.status === undefined) lost = error
        if (pause === undefined || signal.aborted) return { failure: error.failure }
        await p.world.pause(pause, signal)
      }
    }
  }
}
