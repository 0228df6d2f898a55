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

/** An object and where it is. */
export interface ObjectOnSide {
  readonly name: Side
  readonly store: ObjectStore
  readonly bucket: string
  readonly entry: ObjectEntry
}

/**
 * - `fits`: the reader's bytes have the owner's ETag;
 * - `misfits`: they have another one;
 * - `unclear`: they have another one with a part size that was guessed, which tells nothing;
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

/** Opens an object, pinned to what was seen of it. Whoever gets the body reads it to its end or discards it. */
export async function open({ name, store, bucket, entry }: ObjectOnSide, signal: AbortSignal): Promise<Content> {
  const { body, length } = await onSide(name, store.get({ bucket, key: entry.key, ...pinned(entry), signal }))
  if (length === entry.size) return body
  discard(body)
  throw changedAt(name, `seen with ${entry.size} bytes, now ${length}`)
}

/** As `sourceChanged`, of either side. */
export function changedAt(side: Side, message: string): StoreError {
  const code = side === 'source' ? 'SourceChanged' : 'TargetChanged'
  return new StoreError({ kind: 'changed', operation: 'Compare', code, message, side })
}

/** How an ETag came about. */
interface Recipe {
  /** Those that it may have been written with; undefined: in one piece. */
  readonly partSizes: readonly (number | undefined)[]
  /** Whether it is the server's word, not a guess. */
  readonly certain: boolean
}

async function recipeOf({ name, store, bucket, entry }: ObjectOnSide, signal: AbortSignal): Promise<Recipe | undefined> {
  if (isMd5(entry.etag)) return { partSizes: [undefined], certain: true }
  const count = partsIn(entry.etag)
  if (count === 0) return undefined
  const { size: told } = await onSide(name, store.head({ bucket, key: entry.key, partNumber: 1, signal }))
  if (Math.ceil(entry.size / told) === count) return { partSizes: [told], certain: true }
  // Some servers ignore the question, and tell the size of the whole.
  const partSizes = possiblePartSizes(entry.size, count)
  return partSizes.length === 0 ? undefined : { partSizes, certain: false }
}
