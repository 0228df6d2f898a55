import type { CopyProof } from '../events/reasons.js'
import type { NewHasher } from '../ports/hasher.js'
import { type Failure, StoreError } from '../ports/failure.js'
import { type Copy, pinned, sourceOf } from '../ports/object-copy.js'
import type { Encryption } from '../ports/object-metadata.js'
import type { Checksum, Written } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import { isMd5, isSameHash } from '../proof/compare-etags.js'
import { etagOf, etagRead } from '../proof/multipart-etag.js'
import { hasMd5Etags } from '../proof/witness.js'
import { hidesMd5, learnEncryption } from '../run/etag-trust.js'
import type { Run } from '../run/run-context.js'
import type { Route } from './route.js'

/** A written copy, and what proves its bytes. */
export interface Transferred extends Written {
  readonly proof: CopyProof
}

/** What the attempts at one object have shown so far about its bytes. */
export interface Doubt {
  /** Bytes were damaged somewhere: from now on they are hashed as they are read. */
  isDoubted: boolean
  /** An attempt has failed. */
  hasFailed: boolean
  /** The ETag of the parts, as they were read, of an upload that the target refused because of the source's checksum. */
  refusedParts?: string
}

/** Records what a failed attempt says. A server that asks for a lower rate says nothing. */
export function noteFailure(doubt: Doubt, { kind, reason }: Failure): void {
  doubt.isDoubted ||= reason === 'corrupt'
  doubt.hasFailed ||= kind !== 'throttled'
}

/** What is known about the bytes of a written copy. */
export interface Evidence {
  /** The MD5 that the source promises; undefined if its ETag is no MD5 that can be trusted. */
  readonly promised: string | undefined
  /** The MD5 of the bytes as they were read; undefined if they were not hashed. */
  readonly own: string | undefined
  /** The bytes read are those that the source promises. */
  readonly isReadProven: boolean
  /** The MD5 that the target got with the write, and had to check. */
  readonly announced: string | undefined
  /** The source's checksum, which the target got with the write. */
  readonly checksum: Checksum | undefined
}

/**
 * What proves the bytes of a copy that was written in one piece. The first row that applies:
 *
 * | known                                                                    | proof                           |
 * |--------------------------------------------------------------------------|---------------------------------|
 * | the target's ETag is the source's, and a hash of the bytes               | `etag`                          |
 * | the target's answer has the source's checksum                            | `checksum`                      |
 * | the target's ETag is the MD5 of the bytes read                           | `digest`, `sent`                |
 * | it tells no MD5 (encryption, unusual servers), but had to check one      | `digest`, `sent`                |
 * | the target is a directory, which this process writes                     | `sent`                          |
 * | the target, read again, has the bytes that were read                     | `read-back`                     |
 *
 * `sent` instead of `digest`: the source tells nothing to check the reading by.
 * @throws {StoreError} `Corrupted` (kind `changed`): the target has other bytes; `Corrupt` (permanent): the source's bytes do not fit its
 * ETag, although those of other objects do
 */
export async function proveWritten(
  run: Run,
  route: Route,
  copy: Copy,
  written: Written,
  evidence: Evidence,
  signal: AbortSignal,
): Promise<CopyProof> {
  const { trust, metadataCopier } = route
  const { promised, own, isReadProven, announced, checksum } = evidence
  const isHidden = learnEncryption(trust, written.encryption)
  if (hasSourceEtag(copy, written)) return 'etag'
  if (!run.plan.proof) return 'none'
  if (checksum !== undefined && own !== undefined) metadataCopier.digests.noteChecking(hasChecksum(written, checksum))
  if (checksum !== undefined && hasChecksum(written, checksum)) return 'checksum'
  const proof = isReadProven ? 'digest' : 'sent'
  if (own !== undefined && written.etag.toLowerCase() === own) return proof
  const isTold = isMd5(written.etag) && !isHidden && !metadataCopier.digests.inventsEtags
  if (announced !== undefined && !isTold) return proof
  // A file is written by this process: it has the bytes that were read.
  if (route.stores.target.files !== undefined && promised === undefined) return proof
  if (promised === undefined || own !== undefined) {
    const expected = own ?? (await md5AtSource(route.stores, copy, run.newHasher, signal))
    return readBack(run, route, copy, written, expected, signal)
  }
  return investigate(run, route, copy, written, promised, signal)
}

/** The MD5 that the source promises for an object, in lower case; undefined if its ETag is no MD5 that can be trusted. */
export function promisedMd5({ trust }: Route, { from: { entry } }: Copy, encryption: Encryption | undefined): string | undefined {
  const isHidden = learnEncryption(trust, encryption)
  return trust.facts.etags !== 'none' && isMd5(entry.etag) && !isHidden ? entry.etag.toLowerCase() : undefined
}

/** Whether the target's ETag equals the source's, and is a hash of the bytes. */
export function hasSourceEtag({ from: { entry } }: Copy, { etag }: Written): boolean {
  return isSameHash(entry.etag, etag)
}

/** Whether an answer has the checksum. */
export function hasChecksum({ checksums = [] }: Written, { algorithm, value }: Checksum): boolean {
  return checksums.some((one) => one.algorithm === algorithm && one.value === value)
}

/** The same for a copy on the server: no byte passed through this machine. */
export async function proveServerSide(
  run: Run,
  route: Route,
  copy: Copy,
  written: Written,
  signal: AbortSignal,
): Promise<CopyProof> {
  const { trust } = route
  const { etag } = copy.from.entry
  const isHidden = learnEncryption(trust, written.encryption)
  if (hasSourceEtag(copy, written)) return 'etag'
  const areTold = isMd5(etag) && isMd5(written.etag) && !isHidden && trust.facts.etags !== 'none'
  return areTold && run.plan.proof ? investigate(run, route, copy, written, etag.toLowerCase(), signal) : 'server'
}

/** Reads the target: it must have the bytes with the MD5 `expected`. If it has, a different MD5-like ETag of it means nothing. */
async function readBack(
  { newHasher }: Run,
  { stores, trust, metadataCopier }: Route,
  copy: Copy,
  written: Written,
  expected: string,
  signal: AbortSignal,
): Promise<CopyProof> {
  if ((await etagAtTarget(stores, copy, written, undefined, newHasher, signal)) !== expected)
    throw corrupted(written.etag, expected)
  if (isMd5(written.etag) && !hidesMd5(written.encryption)) {
    metadataCopier.digests.noteInventedEtags()
    trust.learn({ etags: 'none' })
  }
  return 'read-back'
}

/** Both ETags look like MD5s, but differ. Either the bytes are wrong, or the ETags of one side are no MD5s. Reads both objects. */
async function investigate(
  run: Run,
  route: Route,
  copy: Copy,
  written: Written,
  promised: string,
  signal: AbortSignal,
): Promise<CopyProof> {
  const { newHasher } = run
  const { stores, trust, metadataCopier } = route
  const there = await etagAtTarget(stores, copy, written, undefined, newHasher, signal)
  if (there === promised) {
    metadataCopier.digests.noteInventedEtags()
    trust.learn({ etags: 'none' })
    return 'read-back'
  }
  const here = await readSource(stores, copy, newHasher, signal)
  if (here.md5 !== there) throw corrupted(written.etag, promised)
  // A listing does not tell that an ETag is none because of encryption.
  if (!learnEncryption(trust, here.encryption)) await judgeMisfit(run, route, copy, here.md5, signal)
  return 'read-back'
}

/**
 * Bytes of the source that repeatedly do not fit its ETag. Other objects of the bucket tell why: if their ETags are MD5s, this object is
 * damaged; otherwise, or if there are none to ask, ETags of this bucket prove nothing: the pair's trust ends, and copies are only `sent`.
 * @throws {StoreError} `Corrupt` (permanent) if this object is damaged
 */
export async function judgeMisfit(
  { newHasher }: Run,
  { stores, trust }: Route,
  { from: { bucket, entry } }: Copy,
  found: string,
  signal: AbortSignal,
): Promise<void> {
  const others = hasMd5Etags(stores.source, { bucket, except: entry.key }, newHasher, signal)
  const areMd5s = await onSide('source', others).catch((error: unknown) => {
    if (error instanceof StoreError && error.failure.kind === 'permanent') return undefined
    throw error
  })
  if (areMd5s !== true) {
    trust.learn({ etags: 'none' })
    return
  }
  const message = `the source's bytes do not fit its ETag: they have the MD5 ${found}, not ${entry.etag}`
  const about = { operation: 'Copy', code: 'Corrupt', reason: 'corrupt', message, side: 'source' } as const
  throw new StoreError({ kind: 'permanent', ...about })
}

/** The MD5 of the source object, read again. */
export async function md5AtSource(
  stores: Route['stores'],
  copy: Copy,
  newHasher: NewHasher,
  signal: AbortSignal,
): Promise<string> {
  return (await readSource(stores, copy, newHasher, signal)).md5
}

async function readSource(
  { source }: Route['stores'],
  copy: Copy,
  newHasher: NewHasher,
  signal: AbortSignal,
): Promise<{ readonly md5: string; readonly encryption: Encryption | undefined }> {
  const { entry } = copy.from
  const asked = source.get({ ...sourceOf(copy), ...pinned(entry), size: entry.size, signal })
  const read = asked.then(async ({ body, properties: { encryption } }) => ({
    md5: await etagOf(body, undefined, newHasher),
    encryption,
  }))
  return onSide('source', read)
}

/**
 * The ETag that a written copy has by its bytes, read again: of one piece, or of parts of this size.
 * @throws {StoreError} `Corrupted` (kind `changed`) if the target accepted the write and has no such object
 */
export async function etagAtTarget(
  { target }: Route['stores'],
  { from: { entry }, to }: Copy,
  { versionId }: Written,
  partSize: number | undefined,
  newHasher: NewHasher,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await onSide('target', etagRead(target.get({ ...to, versionId, size: entry.size, signal }), partSize, newHasher))
  } catch (error) {
    if (!(error instanceof StoreError) || error.failure.reason !== 'not-found') throw error
    throw corrupted('none', entry.etag)
  }
}

/** The target has other bytes than were read. */
export function corrupted(etag: string, expected: string): StoreError {
  const message = `read back, the target's bytes are not the source's (ETag ${etag}, expected ${expected})`
  return new StoreError({ kind: 'changed', operation: 'Copy', code: 'Corrupted', reason: 'corrupt', message, side: 'target' })
}
