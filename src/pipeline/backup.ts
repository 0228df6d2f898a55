import { compareEtags } from './decide.js'
import { StoreError } from './errors.js'
import { Keeper } from './keeper.js'
import { type Listener, move, type Told } from './move.js'
import type { ObjectEntry, ObjectRef } from './ports.js'
import type { Run } from './run.js'
import type { BucketPair } from './shards.js'
import { sided } from './sided.js'
import { newTrust } from './transfer.js'

/**
 * Copies an object of the target below `--backup-prefix` of its bucket, before it is overwritten or deleted: as it is by now, since that is
 * what would be lost. One attempt. Nothing is done where there is none any more, nor, after a resume, where an earlier process of the run has
 * backed it up: then it is `ours`, the object of the source, or there is a backup since the run began.
 * @throws {StoreError} then it must stay as it is
 */
export async function backUp(
  run: Run,
  pair: BucketPair,
  key: string,
  listener: Listener,
  signal: AbortSignal,
  ours?: ObjectEntry,
): Promise<void> {
  const { backupPrefix } = run.plan
  if (backupPrefix === undefined) return
  const { target } = run.stores
  const { bucket } = pair.target
  const found = await sided('target', target.head({ bucket, key, signal })).catch(unlessGone)
  if (found === undefined) return
  const { size, etag, lastModified } = found
  const backup = { bucket, key: `${backupPrefix}/${key}` }
  if (ours?.size === size && compareEtags(ours.etag, etag, 'md5') === 'equal') return
  if (ours !== undefined && (await isSince(run, backup, signal))) return
  const stores = { source: target, target }
  const keeper = new Keeper(run, { source: pair.target, target: pair.target }, stores)
  const road = { stores, trust: newTrust(), serverSide: run.backupsOnServer, keeper }
  const copy = { from: { bucket, entry: { key, size, etag, lastModified } }, to: backup }
  // What a backup loses, the object had from this very target.
  const tell: Told = (event) => (event.type === 'properties-lost' ? undefined : listener.tell(event))
  await move(run, pair, road, copy, true, { ...listener, tell }, signal)
}

/** Whether an object of the target was written since the run began, as far as its clock tells. */
async function isSince({ stores, resumed }: Run, ref: ObjectRef, signal: AbortSignal): Promise<boolean> {
  const began = resumed?.state.started?.at
  const found = await sided('target', stores.target.head({ ...ref, signal })).catch(unlessGone)
  // Servers tell whole seconds.
  return found !== undefined && began !== undefined && found.lastModified >= Math.floor(began / 1_000) * 1_000
}

function unlessGone(error: unknown): undefined {
  if (error instanceof StoreError && error.failure.code === 'NoSuchKey') return undefined
  throw error
}
