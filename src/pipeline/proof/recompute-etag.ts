import { possiblePartSizes } from '../plan/part-size.js'
import { discard } from '../ports/body.js'
import type { Side } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import type { NewHasher } from '../ports/hasher.js'
import { pinned } from '../ports/object-copy.js'
import type { ObjectStore } from '../ports/object-store.js'
import type { Content, ObjectEntry } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import { isMd5, partsIn } from './compare-etags.js'
import { etagsOf } from './multipart-etag.js'

/** An object with its store. */
export interface ObjectOnSide {
  readonly name: Side
  readonly store: ObjectStore
  readonly bucket: string
  readonly entry: ObjectEntry
}

/**
 * - `fits`: the reader's bytes have the owner's ETag;
 * - `misfits`: they have another ETag;
 * - `unclear`: they have another ETag, but the part size was guessed, so this proves nothing;
 * - undefined: the owner's ETag can't be computed; nothing was read.
 */
export type Fit = 'fits' | 'misfits' | 'unclear' | undefined

/** Computes the ETag of `owner` over the bytes of `reader`. */
export async function recompute(
  owner: ObjectOnSide,
  reader: ObjectOnSide,
  newHasher: NewHasher,
  signal: AbortSignal,
): Promise<Fit> {
  const recipe = await recipeOf(owner, signal)
  if (recipe === undefined) return undefined
  const body = await open(reader, signal)
  const etags = await onSide(reader.name, etagsOf(body, recipe.partSizes, newHasher))
  if (etags.includes(owner.entry.etag.toLowerCase())) return 'fits'
  return recipe.certain ? 'misfits' : 'unclear'
}

/** Opens an object, pinned to its last seen state. The caller reads the body to the end or discards it. */
export async function open({ name, store, bucket, entry }: ObjectOnSide, signal: AbortSignal): Promise<Content> {
  const { body, length } = await onSide(name, store.get({ bucket, key: entry.key, ...pinned(entry), size: entry.size, signal }))
  if (length === entry.size) return body
  discard(body)
  throw changedAt(name, `seen with ${entry.size} bytes, now ${length}`)
}

/** As `sourceChanged`, for either side. */
export function changedAt(side: Side, message: string): StoreError {
  const code = side === 'source' ? 'SourceChanged' : 'TargetChanged'
  return new StoreError({ kind: 'changed', operation: 'Compare', code, message, side })
}

/** How an ETag was computed. */
interface Recipe {
  /** The possible part sizes; undefined: written in one piece. */
  readonly partSizes: readonly (number | undefined)[]
  /** Whether the server reported the part size; otherwise it is a guess. */
  readonly certain: boolean
}

async function recipeOf({ name, store, bucket, entry }: ObjectOnSide, signal: AbortSignal): Promise<Recipe | undefined> {
  if (isMd5(entry.etag)) return { partSizes: [undefined], certain: true }
  const count = partsIn(entry.etag)
  if (count === 0) return undefined
  const { size: told } = await onSide(name, store.head({ bucket, key: entry.key, partNumber: 1, signal }))
  if (Math.ceil(entry.size / told) === count) return { partSizes: [told], certain: true }
  // Some servers ignore the part number, and report the size of the whole object.
  const partSizes = possiblePartSizes(entry.size, count)
  return partSizes.length === 0 ? undefined : { partSizes, certain: false }
}
