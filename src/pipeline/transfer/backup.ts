import type { Emit } from '../events/emit.js'
import { noteOf, noteText } from '../listing/known-backups.js'
import { MetadataCopier } from '../metadata/metadata-copier.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { StoreError, unlessMissing } from '../ports/failure.js'
import type { ObjectEntry, ObjectHead, ObjectRef } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import { compareEtags } from '../proof/compare-etags.js'
import { etagOf } from '../proof/multipart-etag.js'
import { newTrust } from '../run/etag-trust.js'
import type { Run } from '../run/run-context.js'
import { transfer } from './copy-strategy.js'
import type { Listener } from './route.js'

/**
 * Copies an object of the target below `--backup-prefix` of its bucket, before it is overwritten or deleted: as it is by now, since that is
 * what would be lost. One attempt; true when there is a backup of it. Nothing is done where there is nothing to lose: no object any more, nor,
 * after a resume, any but `ours`, the object of the source. A backup that is there is never overwritten: where it holds something else, this
 * one gets the run's id behind its name. No clock is asked for any of this.
 * @throws {StoreError} then it must stay as it is
 */
export async function backUp(
  run: Run,
  pair: BucketPair,
  key: string,
  listener: Listener,
  signal: AbortSignal,
  ours?: ObjectEntry,
): Promise<boolean> {
  const { backupPrefix, run: id } = run.plan
  if (backupPrefix === undefined) return false
  const { target } = run.stores
  const { bucket } = pair.target
  const found = await there(run, { bucket, key }, signal)
  if (found === undefined) return false
  const { size, etag, lastModified } = found
  if (ours?.size === size && compareEtags(ours.etag, etag, 'md5') === 'equal') return false
  const stores = { source: target, target }
  const metadataCopier = new MetadataCopier(run, { source: pair.target, target: pair.target }, stores)
  const route = { stores, trust: newTrust(), copies: 'backups' as const, metadataCopier }
  // What a backup loses, the object had from this very target.
  const emit: Emit = (event) => (event.type === 'properties-lost' ? undefined : listener.emit(event))
  for (const name of [`${backupPrefix}/${key}`, `${backupPrefix}/${key}.${id}`]) {
    const kept = await there(run, { bucket, key: name }, signal)
    if (kept === undefined) {
      await note(run, bucket, backupPrefix)
      const copy = { from: { bucket, entry: { key, size, etag, lastModified } }, to: { bucket, key: name } }
      try {
        await transfer(run, pair, route, copy, true, { ...listener, emit }, signal)
        return true
      } catch (error) {
        // There is one that the target can't tell from it.
        if (!(error instanceof StoreError) || error.failure.reason !== 'case-conflict') throw error
        continue
      }
    }
    if (etag !== '' && kept.etag === etag && kept.size === size) return true
  }
  const message = `there are backups of other states of "${key}" already`
  throw new StoreError({ kind: 'permanent', operation: 'Backup', code: 'BackupExists', message, side: 'target' })
}

/** Leaves word in a bucket that backups lie below a prefix, once a run and before the first of them. */
function note(run: Run, bucket: string, prefix: string): Promise<unknown> {
  const known = run.backupNotes.get(bucket)
  if (known !== undefined) return known
  const noting = putNote(run, bucket, prefix)
  run.backupNotes.set(bucket, noting)
  noting.catch(() => run.backupNotes.delete(bucket))
  return noting
}

async function putNote({ stores: { target }, newHasher }: Run, bucket: string, prefix: string): Promise<unknown> {
  const body = new TextEncoder().encode(noteText(prefix))
  // A bucket that locks its objects takes none without a digest.
  const md5 = await etagOf(body, undefined, newHasher)
  const attributes = { contentType: 'text/plain', metadata: {} }
  const { signal } = new AbortController()
  return onSide('target', target.put({ bucket, key: noteOf(prefix), body, size: body.length, attributes, md5, signal }))
}

function there({ stores: { target } }: Run, ref: ObjectRef, signal: AbortSignal): Promise<ObjectHead | undefined> {
  return onSide('target', target.head({ ...ref, signal })).catch(unlessMissing)
}
