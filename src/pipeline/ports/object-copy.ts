import { StoreError } from './failure.js'
import type { ObjectEntry, ObjectHead, VersionRef } from './objects.js'
import { onSide } from './on-side.js'
import type { Stores } from './stores.js'

/** One object in flight; `entry` is the source object as last seen. */
export interface Copy {
  readonly from: {
    readonly bucket: string
    readonly entry: ObjectEntry
    /** For an older version. */
    readonly versionId?: string
  }
  readonly to: { readonly bucket: string; readonly key: string }
}

/** The source object of a copy. */
export function sourceOf({ from: { bucket, entry, versionId } }: Copy): VersionRef {
  return versionId === undefined ? { bucket, key: entry.key } : { bucket, key: entry.key, versionId }
}

/** The condition that the object is still the listed one; empty if the listing has no ETag. */
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

/** The current source object, after an attempt found it changed, or if its ETag was not listed. */
export async function refreshed(stores: Stores, copy: Copy, signal: AbortSignal): Promise<Copy> {
  return withHead(copy, await onSide('source', stores.source.head({ ...sourceOf(copy), signal })))
}

/** An object from its HEAD, in the form of a listing entry. */
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

/** The same copy, with the source object from a HEAD. */
export function withHead(copy: Copy, head: ObjectHead): Copy {
  return { ...copy, from: { ...copy.from, entry: entryOf(copy.from.entry.key, head) } }
}
