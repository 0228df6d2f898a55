import { StoreError } from './failure.js'
import type { ObjectEntry, ObjectHead, VersionRef } from './objects.js'
import { onSide } from './on-side.js'
import type { Stores } from './stores.js'

/** One object in flight, `entry` being the source's as it was last seen. */
export interface Copy {
  readonly from: {
    readonly bucket: string
    readonly entry: ObjectEntry
    /** Of an older version. */
    readonly versionId?: string
  }
  readonly to: { readonly bucket: string; readonly key: string }
}

/** The object that a copy is made of. */
export function sourceOf({ from: { bucket, entry, versionId } }: Copy): VersionRef {
  return versionId === undefined ? { bucket, key: entry.key } : { bucket, key: entry.key, versionId }
}

/** The condition that the object is still the listed one; none where the listing tells no ETag. */
export function pinned(entry: ObjectEntry): { readonly ifMatch?: string } {
  return entry.etag === '' ? {} : { ifMatch: entry.etag }
}

export function sourceChanged(message: string): StoreError {
  return new StoreError({
    kind: 'changed',
    operation: 'Copy',
    code: 'SourceChanged',
    reason: 'replaced',
    message,
    side: 'source',
  })
}

/** The source object as it is now, after an attempt found it changed. */
export async function refreshed(stores: Stores, copy: Copy, signal: AbortSignal): Promise<Copy> {
  return withHead(copy, await onSide('source', stores.source.head({ ...sourceOf(copy), signal })))
}

/** An object as a listing would show it, from its HEAD. */
export function entryOf(
  key: string,
  { size, etag, lastModified, timeGiven, properties: { storageClass } }: ObjectHead,
): ObjectEntry {
  return {
    key,
    size,
    etag,
    lastModified,
    ...(timeGiven && { timeGiven }),
    ...(storageClass === undefined ? {} : { storageClass }),
  }
}

/** The same copy, of the object as a HEAD tells it. */
export function withHead(copy: Copy, head: ObjectHead): Copy {
  return { ...copy, from: { ...copy.from, entry: entryOf(copy.from.entry.key, head) } }
}
