import { clockDifference, mayBeNewer, orderOf } from '../compare/clock-difference.js'
import type { Comparison } from '../compare/decide.js'
import type { CopyReason } from '../events/reasons.js'
import type { MetadataCopier } from '../metadata/metadata-copier.js'
import { MTIME } from '../metadata/modification-times.js'
import { StoreError } from '../ports/failure.js'
import type { NewChecksum, NewHasher } from '../ports/hasher.js'
import { type Copy, sourceOf } from '../ports/object-copy.js'
import type { ObjectEntry } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import type { Stores } from '../ports/stores.js'
import { compareEtags, isMd5, isTime } from '../proof/compare-etags.js'
import { hasChecksum } from '../proof/file-checksum.js'
import { byBytes, byChecksums, lookedAt, type LookedAt } from '../proof/prove.js'
import { type ObjectOnSide, recompute } from '../proof/recompute-etag.js'
import { sameAttributes } from '../proof/same-attributes.js'
import { type EtagTrust, hidesMd5 } from '../run/etag-trust.js'
import { timeFor } from './single-put.js'

/** The result of comparing both objects. */
export type Settled = { readonly equal: true } | { readonly equal: false; readonly reason: CopyReason }

export interface Settling {
  readonly stores: Stores
  readonly trust: EtagTrust
  readonly metadataCopier: Pick<MetadataCopier, 'isUnfinished'>
  readonly newHasher: NewHasher
  readonly newChecksum: NewChecksum
  /** Whether a file that is found equal gets the modification time of its object. */
  readonly givesTimes: boolean
}

const EQUAL: Settled = { equal: true }
const differ = (reason: CopyReason): Settled => ({ equal: false, reason })

/**
 * Settles what the listings could not (see `decide`): whether the objects at source and target are equal. Makes one attempt; fails as
 * `changed` when one of them is not the listed object.
 *
 * | asked for          | two objects             | a file and an object                 | two files |
 * |--------------------|-------------------------|--------------------------------------|-----------|
 * | content, checksum  | ETags, if not listed    | hash of the file against the ETag    | all bytes |
 * |                    | checksums of the two    | its checksum against the object's    |           |
 * |                    | MD5s, if not encrypted  |                                      |           |
 * | content            | which is newer          | modification time in the metadata    |           |
 * |                    | ETag of one, recomputed |                                      |           |
 * | metadata           | headers, user metadata  |                                      |           |
 *
 * The first line that applies decides; if none does, the objects are `incomparable`.
 */
export async function settle(
  copy: Copy,
  there: ObjectEntry,
  by: Comparison,
  how: Settling,
  signal: AbortSignal,
): Promise<Settled> {
  const { target } = how.stores
  const lastModified = how.givesTimes ? timeFor(how.stores, copy.from.entry) : undefined
  const settled = await compared(copy, there, by, how, signal)
  const hasIt = there.timeGiven === true && there.lastModified === lastModified
  const isToGet = settled.equal && lastModified !== undefined && !hasIt
  if (isToGet && target.files !== undefined) {
    // This only avoids reading the file the next time: if it fails (another owner's file, a read-only disk), the objects are still equal.
    await target.files.setTime({ ...copy.to, lastModified, ifMatch: there.etag, signal }).catch(unlessOfStore)
  }
  return settled
}

function unlessOfStore(error: unknown): void {
  if (!(error instanceof StoreError)) throw error
}

async function compared(copy: Copy, there: ObjectEntry, by: Comparison, how: Settling, signal: AbortSignal): Promise<Settled> {
  const { stores } = how
  const source: ObjectOnSide = { name: 'source', store: stores.source, bucket: copy.from.bucket, entry: copy.from.entry }
  const target: ObjectOnSide = { name: 'target', store: stores.target, bucket: copy.to.bucket, entry: there }
  if (source.entry.size !== there.size) return differ('size')
  if (by === 'metadata') {
    const [here, there] = await Promise.all([lookedAt(source, signal), lookedAt(target, signal)])
    return settleMetadata(copy, here, there, how.metadataCopier, signal)
  }
  const [isUpload, isDownload] = [isTime(source.entry.etag), isTime(there.etag)]
  if (isUpload && isDownload) return (await byBytes(source, target, signal)).equal ? EQUAL : differ('checksum')
  if (isUpload) return settleFile(source, target, by, how, signal)
  if (isDownload) return settleFile(target, source, by, how, signal)
  return settleObjects(copy, source, target, by, how, signal)
}

async function settleMetadata(
  copy: Copy,
  here: LookedAt,
  there: LookedAt,
  metadataCopier: Settling['metadataCopier'],
  signal: AbortSignal,
): Promise<Settled> {
  const isSame =
    sameAttributes(here.head, there.head) && !(await metadataCopier.isUnfinished(sourceOf(copy), here.head, there.head, signal))
  return isSame ? EQUAL : differ('metadata')
}

async function settleObjects(
  copy: Copy,
  source: ObjectOnSide,
  target: ObjectOnSide,
  by: Comparison,
  { stores, trust, newHasher, metadataCopier }: Settling,
  signal: AbortSignal,
): Promise<Settled> {
  const [here, there] = await Promise.all([lookedAt(source, signal), lookedAt(target, signal)])
  if (compareEtags(here.entry.etag, there.entry.etag, 'none') === 'equal') {
    const mayDiffer = by === 'content' && mayBeNewer(here.entry, there.entry, clockDifference(stores))
    return mayDiffer ? settleMetadata(copy, here, there, metadataCopier, signal) : EQUAL
  }
  const proven = byChecksums(here.head.checksums, there.head.checksums)
  if (proven !== undefined) return proven.equal ? EQUAL : differ('checksum')
  const areMd5s = [here, there].every(({ entry, head }) => isMd5(entry.etag) && !hidesMd5(head.properties.encryption))
  if (areMd5s && trust.facts.etags !== 'none') return differ('etag')
  if (by === 'checksum') return differ('incomparable')
  const order = orderOf(here.entry, there.entry, clockDifference(stores))
  if (order === 'target-newer') return EQUAL
  if (order === 'source-newer') return differ('time')
  for (const [owner, reader] of [
    [here, there],
    [there, here],
  ] as const) {
    const isHidden = hidesMd5(owner.head.properties.encryption)
    if (!isHidden && (await recompute(owner, reader, newHasher, signal)) === 'fits') return EQUAL
  }
  return differ('incomparable')
}

async function settleFile(
  file: ObjectOnSide,
  object: ObjectOnSide,
  by: Comparison,
  { trust, newHasher, newChecksum }: Settling,
  signal: AbortSignal,
): Promise<Settled> {
  const early = object.entry.etag === '' ? await lookedAt(object, signal) : undefined
  const fit = await recompute(early ?? object, file, newHasher, signal)
  if (fit === 'fits') return EQUAL
  const looked = early ?? (await lookedAt(object, signal))
  const isOfItsTime = by === 'content' && (await cameFrom(file, looked, signal))
  if (fit === 'misfits' && trust.facts.etags !== 'none' && !hidesMd5(looked.head.properties.encryption)) {
    // Either the file was changed and its time set back, or the server's ETags are arbitrary: they are no hashes of the bytes, and match no
    // file.
    if (!isOfItsTime || !(await byBytes(file, object, signal)).equal) return differ('checksum')
    trust.learn({ etags: 'none' })
    return EQUAL
  }
  const fits = await hasChecksum(file, looked.head.checksums, newChecksum, signal)
  if (fits !== undefined) return fits ? EQUAL : differ('checksum')
  return isOfItsTime ? EQUAL : differ('incomparable')
}

/** Whether an object was uploaded from a file with the same modification time: uploads store it in the object's metadata. */
async function cameFrom(file: ObjectOnSide, { head }: LookedAt, signal: AbortSignal): Promise<boolean> {
  const left = head.attributes.metadata[MTIME]
  if (left === undefined) return false
  const { attributes, etag } = await onSide(file.name, file.store.head({ bucket: file.bucket, key: file.entry.key, signal }))
  return etag === file.entry.etag && attributes.metadata[MTIME] === left
}
