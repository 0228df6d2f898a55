import type { Proof } from '../events/reasons.js'
import { discard } from '../ports/body.js'
import type { NewChecksum, NewHasher } from '../ports/hasher.js'
import type { Checksum, ObjectEntry, ObjectHead } from '../ports/objects.js'
import { contentOnSide, onSide } from '../ports/on-side.js'
import type { Stores } from '../ports/stores.js'
import type { EtagTrust } from '../run/etag-trust.js'
import { compareEtags, isTime, looksComputed } from './compare-etags.js'
import { hasChecksum } from './file-checksum.js'
import { changedAt, type ObjectOnSide, open, recompute } from './recompute-etag.js'
import { sameBytes } from './same-bytes.js'

export type Proven =
  { readonly equal: true; readonly proof: Proof } | { readonly equal: false; readonly by: 'size' | 'checksum' | 'bytes' }

/** An object of one side, as last seen. */
export interface SeenObject {
  readonly bucket: string
  readonly entry: ObjectEntry
}

export interface Proving {
  /** Compare only the bytes. */
  readonly deep: boolean
  /** Trust in the pair's ETags; ends when one is found not to be an MD5. */
  readonly trust: EtagTrust
  readonly newHasher: NewHasher
  readonly newChecksum: NewChecksum
}

/**
 * Proves that an object is equal or different at source and target, without copying it. Changes nothing. The first row that matches
 * applies; rows without a request come before rows with a HEAD, and those before rows that read content:
 *
 * | deep | found                                                            | verdict                          |
 * |------|------------------------------------------------------------------|----------------------------------|
 * |      | sizes differ                                                     | different by `size`              |
 * |      | both empty                                                       | equal by `bytes`: there are none |
 * | yes  | all bytes read are equal, or not                                 | equal or different by `bytes`    |
 * | no   | ETags equal, not empty, and not the time of a file               | equal by `etag`                  |
 * | no   | a HEAD shows another object than the listing                     | fails as `changed`               |
 * | no   | all checksums of one kind on both sides are equal, or all differ | equal or different by `checksum` |
 * | no   | both are files: all bytes read are equal, or not                 | equal or different by `bytes`    |
 * | no   | a file matches a checksum of the object, or does not             | equal or different by `checksum` |
 * | no   | the pair's ETags are known to be no MD5s                         | equal by `size`                  |
 * | no   | neither ETag looks like an MD5 or `…-N`                          | equal by `size`                  |
 * | no   | the source's ETag, recomputed over the target's bytes, matches   | equal by `recomputed`            |
 * | no   | else the target's, recomputed over the source's bytes, matches   | equal by `recomputed`            |
 * | no   | all bytes read are equal, or not                                 | equal or different by `bytes`    |
 *
 * A difference needs a proof. Different ETags are no proof: they may result from other part sizes or from encryption. If the bytes are
 * equal but an ETag did not match, ETags of this pair prove nothing (`trust` ends), and reading every further object would be useless. This
 * does not apply if the part size was a guess or nothing was computed: an object with uneven parts proves nothing about the others.
 */
export async function prove(
  stores: Stores,
  from: SeenObject,
  to: SeenObject,
  how: Proving,
  signal: AbortSignal,
): Promise<Proven> {
  const source: ObjectOnSide = { ...from, name: 'source', store: stores.source }
  const target: ObjectOnSide = { ...to, name: 'target', store: stores.target }
  const listed = provenByListing(from.entry, to.entry, how.deep)
  if (listed !== undefined) return listed
  if (how.deep) return byBytes(source, target, signal)
  const [here, there] = await Promise.all([lookedAt(source, signal), lookedAt(target, signal)])
  if (haveOneEtag(here.entry, there.entry)) return equal('etag')
  return (
    byChecksums(here.head.checksums, there.head.checksums) ??
    (await byFile(here, there, how, signal)) ??
    byReading(here, there, how, signal)
  )
}

/** The rows of {@link prove} that need no request; undefined if they are not sufficient. */
export function provenByListing(here: ObjectEntry, there: ObjectEntry, deep: boolean): Proven | undefined {
  if (here.size !== there.size) return { equal: false, by: 'size' }
  if (here.size === 0) return equal('bytes')
  return !deep && haveOneEtag(here, there) ? equal('etag') : undefined
}

function equal(proof: Proof): Proven {
  return { equal: true, proof }
}

function haveOneEtag(here: ObjectEntry, there: ObjectEntry): boolean {
  return compareEtags(here.etag, there.etag, 'none') === 'equal'
}

export interface LookedAt extends ObjectOnSide {
  readonly head: ObjectHead
}

/** Sends a HEAD for the checksums, and for the ETag if the listing has none. Fails as `changed` if it is not the listed object. */
export async function lookedAt(side: ObjectOnSide, signal: AbortSignal): Promise<LookedAt> {
  const { name, store, bucket, entry } = side
  const head = await onSide(name, store.head({ bucket, key: entry.key, signal }))
  const isOther = entry.etag !== '' && head.etag !== '' && head.etag !== entry.etag
  if (head.size !== entry.size || isOther) throw changedAt(name, 'not the object that was listed')
  return { ...side, entry: entry.etag === '' ? { ...entry, etag: head.etag } : entry, head }
}

/** Undefined if the sides have no checksum algorithm in common, or if the results contradict each other. */
export function byChecksums(here: readonly Checksum[], there: readonly Checksum[]): Proven | undefined {
  const answers = new Set(here.flatMap((a) => there.filter((b) => b.algorithm === a.algorithm).map((b) => a.value === b.value)))
  if (answers.size !== 1) return undefined
  return answers.has(true) ? equal('checksum') : { equal: false, by: 'checksum' }
}

/**
 * The verdict from reading a file, which needs no request; undefined if neither side is a file, or the object has no checksum to compare
 * with.
 */
async function byFile(
  here: LookedAt,
  there: LookedAt,
  { newChecksum }: Proving,
  signal: AbortSignal,
): Promise<Proven | undefined> {
  const [isUpload, isDownload] = [isTime(here.entry.etag), isTime(there.entry.etag)]
  if (isUpload && isDownload) return byBytes(here, there, signal)
  if (!isUpload && !isDownload) return undefined
  const [file, object] = isUpload ? [here, there] : [there, here]
  const fits = await hasChecksum(file, object.head.checksums, newChecksum, signal)
  return fits === undefined ? undefined : fits ? equal('checksum') : { equal: false, by: 'checksum' }
}

async function byReading(
  here: ObjectOnSide,
  there: ObjectOnSide,
  { trust, newHasher }: Proving,
  signal: AbortSignal,
): Promise<Proven> {
  if (trust.facts.etags === 'none' || !(looksComputed(here.entry.etag) || looksComputed(there.entry.etag))) return equal('size')
  const fit = (await recompute(here, there, newHasher, signal)) ?? (await recompute(there, here, newHasher, signal))
  if (fit === 'fits') return equal('recomputed')
  const verdict = await byBytes(here, there, signal)
  if (verdict.equal && fit === 'misfits') trust.learn({ etags: 'none' })
  return verdict
}

export async function byBytes(source: ObjectOnSide, target: ObjectOnSide, signal: AbortSignal): Promise<Proven> {
  const here = await open(source, signal)
  const there = await open(target, signal).catch((error: unknown) => {
    discard(here)
    throw error
  })
  const isSame = await sameBytes(contentOnSide('source', here), contentOnSide('target', there))
  return isSame ? equal('bytes') : { equal: false, by: 'bytes' }
}
