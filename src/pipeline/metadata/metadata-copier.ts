import type { Emit } from '../events/emit.js'
import type { MetadataPolicy } from '../plan/metadata-policy.js'
import { metadataOf } from '../ports/absent-facets.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { type Failure, type FailureReason, StoreError } from '../ports/failure.js'
import type { Extras, Feature, Loss, Property } from '../ports/object-metadata.js'
import type { ObjectHead, ObjectRef, VersionRef, Written } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import type { Stores } from '../ports/stores.js'
import { at, type Run } from '../run/run-context.js'
import {
  DROPPED,
  NONE_SUSPECTED,
  SUPPORTED,
  type SuspectedFeatures,
  TargetCapabilities,
  whyRefused,
} from '../run/target-capabilities.js'
import { TargetDigests } from '../run/target-digests.js'
import {
  blamed,
  type ExpectedMetadata,
  featuresOf,
  isPresent,
  type ObservedMetadata,
  toldBy,
  without,
} from './expected-metadata.js'
import { isFinal, lost } from './property-lost.js'
import { SourceMetadata } from './source-metadata.js'

/** Refusals that do not depend on the value of a feature. */
const FOR_ALL: ReadonlySet<FailureReason> = new Set(['denied', 'not-implemented', 'not-allowed'])

/** A write was refused because of its extras; it is repeated with fewer of them. */
class Yielded extends Error {
  override readonly name = 'Yielded'
  constructor(
    readonly suspected: SuspectedFeatures,
    cause: StoreError,
  ) {
    super(cause.message, { cause })
  }
}

/**
 * Copies metadata that the target can hold and reports the rest: adds it to writes, omits what a target refuses, and detects what a target
 * drops silently. Needs an extra request only if an object has a feature whose support is unknown.
 */
export class MetadataCopier {
  readonly capabilities: TargetCapabilities
  /** The metadata that copies should have. */
  readonly source: SourceMetadata
  /** What the target knows about the bytes of a write. */
  readonly digests: TargetDigests
  private readonly metadataPolicy: MetadataPolicy

  constructor(
    private readonly run: Run,
    private readonly pair: BucketPair,
    private readonly stores: Stores,
  ) {
    const { bucket } = pair.target
    this.metadataPolicy = run.plan.metadataPolicy
    this.capabilities = run.capabilities.get(bucket) ?? new TargetCapabilities(run, bucket, stores.target)
    run.capabilities.set(bucket, this.capabilities)
    this.digests = new TargetDigests(this.capabilities)
    this.source = new SourceMetadata(run, pair, stores, this.capabilities)
  }

  /** The extras of a write without those that the target is known to refuse. */
  granted(expected: ExpectedMetadata | undefined, { features }: SuspectedFeatures = NONE_SUSPECTED): Extras | undefined {
    if (expected === undefined || this.stores.target.metadata === undefined) return undefined
    return without(expected.extras, (id) => this.capabilities.isRefused(id) || features.some((suspect) => suspect.id === id))
  }

  /** Does work that writes through {@link written}, and repeats it with fewer extras if a write was refused because of them. */
  async yielding<T>(work: (suspected: SuspectedFeatures) => Promise<T>): Promise<T> {
    let suspected = NONE_SUSPECTED
    for (;;) {
      try {
        return await work(suspected)
      } catch (error) {
        if (!(error instanceof Yielded)) throw error
        suspected = error.suspected
      }
    }
  }

  /**
   * Awaits a write with these extras. A write that is refused because of some of them yields: it is repeated without these. When it then
   * succeeds, they are known to be the cause. With `--strict`, a refusal that names a feature fails at once.
   */
  async written<T>(told: Extras | undefined, suspected: SuspectedFeatures, write: Promise<T>): Promise<T> {
    try {
      const answer = await onSide('target', write)
      this.capabilities.noteRefusals(suspected)
      return answer
    } catch (error) {
      if (told === undefined || !(error instanceof StoreError)) throw error
      const { code } = error.failure
      const { features, isNamed } = blamed(error.failure, toldBy(told))
      if (features.length === 0) throw error
      if (isNamed && this.metadataPolicy.strict) throw lost(features.map(({ property }) => ({ property, why: whyRefused(code) })))
      // A value may be refused where others of its kind are accepted; a request that the server does not know never is.
      const forAll = isForAll(error.failure) || suspected.isForAll
      throw new Yielded({ features: [...suspected.features, ...features], code, isForAll: forAll }, error)
    }
  }

  /**
   * Tags and locks a written copy whose write could not do it (`later`), then reports the metadata that the copy lacks, and records what the
   * answers show about the target. `leftOut`: what was left out of the write.
   * @throws {StoreError} `PropertyLost` (permanent) with `--strict`
   */
  async finish(
    expected: ExpectedMetadata | undefined,
    later: Extras | undefined,
    key: string,
    to: ObjectRef,
    written: Written,
    leftOut: SuspectedFeatures,
    emit: Emit,
    signal: AbortSignal,
  ): Promise<void> {
    if (written.refusesChecksums === true) this.digests.noteChecksumsRefused()
    if (expected === undefined) return
    const { capabilities } = this
    const refusals = [leftOut, ...(later === undefined ? [] : await this.add(later, to, written, signal))]
    const isRefused = ({ id }: Feature): boolean => refusals.some(({ features }) => features.some((one) => one.id === id))
    const features = featuresOf(expected).filter((feature) => !isToldBy(feature, expected, written) && !isRefused(feature))
    for (;;) {
      const unknown = features.filter((feature) => capabilities.supportOf(feature) === undefined)
      if (unknown.length === 0) break
      await capabilities.learnt(() => this.learn(unknown, expected, to, written, signal))
    }
    const losses = [
      ...expected.losses,
      ...refusals.flatMap(({ features: refused, code }) =>
        refused
          .filter((feature) => !isToldBy(feature, expected, written))
          .map(({ property }): Loss => ({ property, why: whyRefused(code) })),
      ),
      ...features.flatMap((feature): Loss[] => {
        const support = capabilities.supportOf(feature)
        return support === undefined || support.is === 'held' ? [] : [{ property: feature.property, why: support.why }]
      }),
    ]
    if (losses.length === 0) return
    if (this.metadataPolicy.strict) throw lost(losses)
    emit({ type: 'properties-lost', ...at(this.run), pair: this.pair, key, losses })
  }

  /**
   * Whether an existing target object lacks metadata that a copy would give it, as far as both HEADs show: an earlier process may have
   * stopped or failed after writing the content.
   */
  async isUnfinished(from: VersionRef, here: ObjectHead, there: ObjectHead, signal: AbortSignal): Promise<boolean> {
    if (this.stores.target.metadata === undefined) return false
    const expected = await this.source.expected(from, here, signal, 'carried')
    if (expected === undefined) return false
    const lacking = featuresOf(expected).filter((feature) => feature.property !== 'acl' && !isPresent(feature, expected, there))
    return lacking.some((feature) => (this.capabilities.supportOf(feature) ?? SUPPORTED).is === 'held')
  }

  /** Tags and locks an existing copy; returns what the target refused. */
  private async add(
    { tags, retention, legalHold }: Extras,
    to: ObjectRef,
    { versionId }: Written,
    signal: AbortSignal,
  ): Promise<readonly SuspectedFeatures[]> {
    const metadata = metadataOf(this.stores.target)
    const ref = { ...to, versionId, signal }
    const locks = { ...(retention && { retention }), ...(legalHold && { legalHold }) }
    const refusals: SuspectedFeatures[] = []
    const unlessRefused = async (extras: Extras, change: () => Promise<void>): Promise<void> => {
      try {
        await onSide('target', change())
      } catch (error) {
        if (!isFinal(error)) throw error
        const refused = { features: toldBy(extras), code: error.failure.code, isForAll: isForAll(error.failure) }
        this.capabilities.noteRefusals(refused)
        refusals.push(refused)
      }
    }
    // A locked object accepts tags, but only from those who may change it.
    if (tags !== undefined) await unlessRefused({ tags }, () => metadata.putTags({ ...ref, tags }))
    if (Object.keys(locks).length > 0) await unlessRefused(locks, () => metadata.lock({ ...ref, ...locks }))
    return refusals
  }

  /** Checks a copy for features whose support is unknown. A feature that the access key may not read counts as supported. */
  private async learn(
    features: readonly Feature[],
    expected: ExpectedMetadata,
    to: ObjectRef,
    { versionId }: Written,
    signal: AbortSignal,
  ): Promise<void> {
    const { target } = this.stores
    const ref = { ...to, versionId, signal }
    const asksFor = (property: Property): boolean => features.some((feature) => feature.property === property)
    const head = await this.answerOf(target.head(ref))
    if (head === undefined || head === 'denied') {
      for (const feature of features) this.capabilities.note(feature, SUPPORTED)
      return
    }
    // Not every server reports the tag count in a HEAD.
    const tags = head.tagCount === 0 && asksFor('tags') ? await this.answerOf(metadataOf(target).tags(ref)) : undefined
    const acl = asksFor('acl') ? await this.answerOf(metadataOf(target).acl(ref)) : undefined
    const found: ObservedMetadata = {
      ...head,
      tagCount: head.tagCount === 0 ? Object.keys(tags ?? {}).length : head.tagCount,
      ...(acl !== undefined && acl !== 'denied' ? { acl } : {}),
    }
    for (const feature of features) {
      const isHidden = (feature.property === 'acl' && acl === 'denied') || (feature.property === 'tags' && tags === 'denied')
      this.capabilities.note(feature, isHidden || isPresent(feature, expected, found) ? SUPPORTED : DROPPED)
    }
  }

  /** The target's answer; undefined if it does not support the request. */
  private async answerOf<T>(asked: Promise<T>): Promise<T | 'denied' | undefined> {
    try {
      return await onSide('target', asked)
    } catch (error) {
      // The object was just written: if it is missing, the write failed.
      if (!isFinal(error) || error.failure.reason === 'not-found') throw error
      return error.failure.reason === 'denied' ? 'denied' : undefined
    }
  }
}

/** Answers to writes report the encryption. */
function isToldBy(feature: Feature, expected: ExpectedMetadata, { encryption }: Written): boolean {
  if (feature.property !== 'encryption' || encryption === undefined) return false
  return isPresent(feature, expected, { attributes: { metadata: {} }, properties: { encryption }, checksums: [], tagCount: 0 })
}

function isForAll({ reason }: Failure): boolean {
  return reason !== undefined && FOR_ALL.has(reason)
}
