import { StoreError } from '../ports/failure.js'
import type { Copy } from '../ports/object-copy.js'
import { sourceChanged } from '../ports/object-copy.js'
import type { Content, GetAnswer } from '../ports/objects.js'
import { partsIn } from '../proof/compare-etags.js'
import { digested } from '../proof/digested-content.js'
import { etagOf, hex } from '../proof/multipart-etag.js'
import type { Run } from '../run/run-context.js'
import type { TargetDigests } from '../run/target-digests.js'
import { type Doubt, type Evidence, judgeMisfit, md5AtSource, promisedMd5 } from './copy-proof.js'
import type { Route } from './route.js'

/** The bytes read do not have the MD5 that the source promises. */
export class Misfit extends StoreError {
  constructor(readonly found: string) {
    const message = `the bytes read have the MD5 ${found}, which is not the ETag`
    super({ kind: 'changed', operation: 'GetObject', code: 'BadDigest', reason: 'corrupt', message, side: 'source' })
  }
}

/** A body to write, and what is known about its bytes: complete once the body has been read. */
export interface HashedReading {
  readonly body: Content
  readonly evidence: Evidence
}

/**
 * Prepares what was read for the write: hashes it as it is read, if nothing else will prove it. An MD5 costs more processor time than the
 * copy itself, so it is computed only if
 * - the source promises no MD5, and the target is not known to check the source's checksum;
 * - an earlier attempt met damaged bytes: then the reading itself is checked, and fails with {@link Misfit} before the write is complete.
 */
export async function hashedAsNeeded(
  run: Run,
  route: Route,
  copy: Copy,
  answer: GetAnswer,
  doubt: Doubt,
  signal: AbortSignal,
): Promise<HashedReading> {
  const { stores, metadataCopier } = route
  const { entry } = copy.from
  const { body } = answer
  const promised = promisedMd5(route, copy, answer.properties.encryption)
  const checksum = metadataCopier.digests.announced(answer.checksums[0])
  // A file is written by this process: its ETag is the MD5 of the bytes that it got.
  const isProvenOtherwise =
    (checksum !== undefined && metadataCopier.digests.checksChecksums) || stores.target.files !== undefined
  const hashes = run.plan.proof && (promised === undefined ? !isProvenOtherwise : doubt.isDoubted)
  if (!hashes) {
    // Without proofs, an MD5 that the target refused is not sent again: it may be none.
    const announced = doubt.isDoubted ? undefined : (promised ?? (await digestFirst()))
    return { body, evidence: { promised, own: undefined, isReadProven: promised !== undefined, announced, checksum } }
  }
  const hasher = run.newHasher()
  const evidence: { -readonly [K in keyof Evidence]: Evidence[K] } = {
    ...{ promised, own: undefined, isReadProven: false, announced: undefined, checksum },
  }
  const content = digested(body, [hasher], () => {
    const digest = hasher.digest()
    const own = hex(digest)
    if (promised !== undefined && own !== promised) throw new Misfit(own)
    evidence.own = own
    evidence.isReadProven = promised !== undefined || isOfOnePart(digest)
  })
  evidence.announced = evidence.own ?? (await digestFirst())
  return { body: content, evidence }

  /** A bucket with object lock takes no write without a digest: then a stream is read twice. */
  async function digestFirst(): Promise<string | undefined> {
    if (!metadataCopier.digests.areRequired) return undefined
    return body instanceof Uint8Array ? etagOf(body, undefined, run.newHasher) : md5AtSource(stores, copy, run.newHasher, signal)
  }

  /** The ETag of an object that was uploaded as a single part. */
  function isOfOnePart(digest: Uint8Array): boolean {
    if (partsIn(entry.etag) !== 1) return false
    const ofPart = run.newHasher()
    ofPart.update(digest)
    return `${hex(ofPart.digest())}-1` === entry.etag.toLowerCase()
  }
}

/** An error of a write, with what it says about the target: if a digest is required, the same write with one may succeed. */
export function asDigestRequired(error: unknown, digests: TargetDigests): unknown {
  if (!(error instanceof StoreError) || error.failure.reason !== 'digest-required') return error
  digests.noteRequired(error.failure.code)
  return new StoreError({ ...error.failure, kind: 'changed' }, { cause: error })
}

/**
 * The error of a misfit: `changed` if reading again finds other bytes, since they were damaged in flight; otherwise the object at the
 * source is damaged, or its ETag is no MD5.
 */
export async function unlessMoved(
  run: Run,
  route: Route,
  copy: Copy,
  { found }: Misfit,
  signal: AbortSignal,
): Promise<StoreError> {
  if ((await md5AtSource(route.stores, copy, run.newHasher, signal)) === found) await judgeMisfit(run, route, copy, found, signal)
  return sourceChanged('the bytes read do not fit its ETag')
}
