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
 * Copies a target object below `--backup-prefix` of its bucket before it is overwritten or deleted, in its current state. Makes one
 * attempt; returns true if a backup exists. Does nothing if there is nothing to preserve: the object no longer exists or, after a resume,
 * it equals `ours`, the source object. An existing backup is never overwritten: if its content differs, the run's id is appended to the
 * name of the new backup. Does not depend on any clock.
 * @throws {StoreError} the object must then not be overwritten or deleted
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
  // Metadata that the backup loses was already limited by this target.
  const emit: Emit = (event) => (event.type === 'properties-lost' ? undefined : listener.emit(event))
  for (const name of [`${backupPrefix}/${key}`, `${backupPrefix}/${key}.${id}`]) {
    const kept = await there(run, { bucket, key: name }, signal)
    if (kept === undefined) {
      await note(run, bucket, backupPrefix)
      const copy = { from: { bucket, entry: { key, size, etag, lastModified } }, to: { bucket, key: name } }
      try {
        await transfer(run, pair, route, copy, { isDoubted: false, hasFailed: false }, { ...listener, emit }, signal)
        return true
      } catch (error) {
        // The target treats another key as the same as this name.
        if (!(error instanceof StoreError) || error.failure.reason !== 'case-conflict') throw error
        continue
      }
    }
    if (etag !== '' && kept.etag === etag && kept.size === size) return true
  }
  const message = `there are backups of other states of "${key}" already`
  throw new StoreError({ kind: 'permanent', operation: 'Backup', code: 'BackupExists', message, side: 'target' })
}

/** Records in a bucket that backups are below a prefix, once per run and before the first backup. */
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
  // A bucket with object lock requires a digest.
  const md5 = await etagOf(body, undefined, newHasher)
  const attributes = { contentType: 'text/plain', metadata: {} }
  const { signal } = new AbortController()
  return onSide('target', target.put({ bucket, key: noteOf(prefix), body, size: body.length, attributes, md5, signal }))
}

function there({ stores: { target } }: Run, ref: ObjectRef, signal: AbortSignal): Promise<ObjectHead | undefined> {
  return onSide('target', target.head({ ...ref, signal })).catch(unlessMissing)
}
