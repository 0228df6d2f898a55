import type { Emit } from '../events/emit.js'
import { extrasOf, KEY_NEEDED, type MetadataPolicy, strength } from '../plan/metadata-policy.js'
import { metadataOf } from '../ports/absent-facets.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { type Failure, type FailureReason, StoreError } from '../ports/failure.js'
import { type Extras, type Feature, type Loss, NO_PROPERTIES, type Property } from '../ports/object-metadata.js'
import type { ObjectEntry, ObjectHead, ObjectRef, VersionRef, Written } from '../ports/objects.js'
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
  COMPOSITE,
  type ExpectedMetadata,
  featuresOf,
  isPlain,
  isPresent,
  missedInFiles,
  type ObservedMetadata,
  toldBy,
  without,
} from './expected-metadata.js'

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
  /** What the target knows about the bytes of a write. */
  readonly digests: TargetDigests
  private looks: Promise<boolean> | undefined
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
  }

  /** The metadata that the copy of an object should have; undefined if there is nothing special. `carried`: the server copies the tags. */
  expected(from: VersionRef, head: ObjectHead, signal: AbortSignal, carried?: 'carried'): Promise<ExpectedMetadata> | undefined {
    const { acl, encryption, storageClass } = this.metadataPolicy
    const asks = acl !== 'target' || typeof encryption === 'object' || Object.keys(storageClass).length > 0
    if (!asks && head.properties === NO_PROPERTIES && isPlain(head)) return undefined
    return this.expectedOf(from, head, signal, carried === 'carried')
  }

  /** The same for a server-side copy: sends a HEAD only if the object's attributes change, or the bucket's settings require it. */
  async expectedOnServer(
    from: VersionRef,
    { storageClass }: ObjectEntry,
    isChanged: boolean,
    signal: AbortSignal,
  ): Promise<ExpectedMetadata | undefined> {
    const { metadataPolicy } = this
    const { source } = this.stores
    const none = metadataPolicy.tags ? {} : { tags: {} }
    if (isChanged || (await this.mustLook(from, signal))) {
      const head = await onSide('source', source.head({ ...from, signal }))
      const expected = (await this.expected(from, head, signal, 'carried')) ?? { ...NOTHING, attributes: head.attributes }
      return { ...expected, extras: { ...expected.extras, ...none } }
    }
    const properties = storageClass === undefined ? NO_PROPERTIES : { storageClass }
    const losses: Loss[] = []
    const acl =
      metadataPolicy.acl === 'copy' ? await this.told('acl', metadataOf(source).acl({ ...from, signal }), losses) : undefined
    // If the object's encryption is unknown, the target's default does not matter: the write sets only what the user asked for.
    const extras = { ...extrasOf({ properties, acl }, metadataPolicy, undefined, 0), ...none }
    if (Object.keys(extras).length === 0 && losses.length === 0) return undefined
    const { encryption } = extras
    return { ...NOTHING, extras, losses, ...(encryption && { encryption }) }
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
   * Tags and locks a copy whose write could not do it. Returns what the copy lacks: what was left out of the write, and what is refused now.
   */
  async finish(
    { tags, retention, legalHold }: Extras,
    to: ObjectRef,
    { versionId }: Written,
    leftOut: SuspectedFeatures,
    signal: AbortSignal,
  ): Promise<SuspectedFeatures> {
    const metadata = metadataOf(this.stores.target)
    const ref = { ...to, versionId, signal }
    const locks = { ...(retention && { retention }), ...(legalHold && { legalHold }) }
    let lacking = leftOut
    const unlessRefused = async (extras: Extras, change: () => Promise<void>): Promise<void> => {
      try {
        await onSide('target', change())
      } catch (error) {
        if (!isFinal(error)) throw error
        const refused = { features: toldBy(extras), code: error.failure.code, isForAll: isForAll(error.failure) }
        this.capabilities.noteRefusals(refused)
        lacking = { ...refused, features: [...lacking.features, ...refused.features] }
      }
    }
    // A locked object accepts tags, but only from those who may change it.
    if (tags !== undefined) await unlessRefused({ tags }, () => metadata.putTags({ ...ref, tags }))
    if (Object.keys(locks).length > 0) await unlessRefused(locks, () => metadata.lock({ ...ref, ...locks }))
    return lacking
  }

  /**
   * Reports the metadata that a written copy lacks, and records what the answer shows about the target.
   * @throws {StoreError} `PropertyLost` (permanent) with `--strict`
   */
  async judge(
    expected: ExpectedMetadata | undefined,
    key: string,
    to: ObjectRef,
    written: Written,
    { features: refused, code }: SuspectedFeatures,
    emit: Emit,
    signal: AbortSignal,
  ): Promise<void> {
    if (written.refusesChecksums === true) this.digests.noteChecksumsRefused()
    if (expected === undefined) return
    const { capabilities } = this
    const missing = refused.filter((feature) => !isToldBy(feature, expected, written))
    const isRefused = ({ id }: Feature): boolean => refused.some((one) => one.id === id)
    const features = featuresOf(expected).filter((feature) => !isToldBy(feature, expected, written) && !isRefused(feature))
    for (;;) {
      const unknown = features.filter((feature) => capabilities.supportOf(feature) === undefined)
      if (unknown.length === 0) break
      await capabilities.learnt(() => this.learn(unknown, expected, to, written, signal))
    }
    const losses = [
      ...expected.losses,
      ...missing.map(({ property }): Loss => ({ property, why: whyRefused(code) })),
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
    const expected = await this.expected(from, here, signal, 'carried')
    if (expected === undefined) return false
    const lacking = featuresOf(expected).filter((feature) => feature.property !== 'acl' && !isPresent(feature, expected, there))
    return lacking.some((feature) => (this.capabilities.supportOf(feature) ?? SUPPORTED).is === 'held')
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

  private async expectedOf(from: VersionRef, head: ObjectHead, signal: AbortSignal, carried: boolean): Promise<ExpectedMetadata> {
    const { source, target } = this.stores
    const { metadataPolicy } = this
    const ref = { ...from, signal }
    const { properties, tagCount } = head
    const isFile = target.metadata === undefined
    const losses: Loss[] = head.isComposite === true && source.metadata !== undefined && !isFile ? [COMPOSITE] : []
    const hasTags = metadataPolicy.tags && tagCount > 0
    const tags = hasTags && !carried ? await this.told('tags', metadataOf(source).tags(ref), losses) : undefined
    const acl = metadataPolicy.acl === 'copy' ? await this.told('acl', metadataOf(source).acl(ref), losses) : undefined
    if (losses.length > 0 && metadataPolicy.strict) throw lost(losses)
    const keepsEncryption = !isFile && metadataPolicy.encryption === 'keep' && properties.encryption !== undefined
    const rule = keepsEncryption ? await this.capabilities.ownRule(this.pair.target.bucket, signal) : undefined
    const all = extrasOf({ properties, tags, acl }, metadataPolicy, rule, this.run.scheduler.now())
    const extras = isFile ? missedInFiles(all) : all
    const encryption = keepsEncryption ? properties.encryption : extras.encryption
    return {
      extras,
      losses,
      attributes: isFile ? withoutTime(head.attributes) : head.attributes,
      tagCount: carried && hasTags ? tagCount : Object.keys(tags ?? {}).length,
      checksums: source.metadata !== undefined && !isFile ? head.checksums : [],
      ...(encryption && { encryption }),
    }
  }

  /** A property as read from the source; if it cannot be read, it is reported as lost. */
  private async told<T>(property: Property, asked: Promise<T>, losses: Loss[]): Promise<T | undefined> {
    try {
      return await onSide('source', asked)
    } catch (error) {
      if (!isFinal(error) || error.failure.reason === 'not-found') throw error
      losses.push({ property, why: `the source does not tell it: ${error.failure.code}` })
      return undefined
    }
  }

  /**
   * Whether objects may have metadata that listings do not show and server-side copies lose, judging by the bucket's rules and one object:
   * then each object is looked at.
   */
  private async mustLook(from: ObjectRef, signal: AbortSignal): Promise<boolean> {
    if (this.metadataPolicy.strict) return true
    const { source } = this.stores
    if (source.metadata === undefined) return false
    // An object that can't be read fails alone: those that waited for its answer ask with their own object.
    while (this.looks !== undefined) {
      const found = await this.looks.catch(() => undefined)
      if (found !== undefined) return found
    }
    const { bucket } = this.pair.source
    const asked = (async () => {
      const [{ locks, website, knowsEncryption, encryption: byDefault }, { properties, attributes }] = await Promise.all([
        onSide('source', metadataOf(source).bucketRules({ bucket, signal })),
        onSide('source', source.head({ ...from, signal })),
      ])
      const { redirect, encryption } = properties
      if (locks || website || redirect !== undefined || attributes.expires !== undefined) return true
      if (this.metadataPolicy.encryption !== 'keep') return false
      // Each object may have an encryption of its own.
      const strongest = knowsEncryption ? KEY_NEEDED : Math.max(strength(encryption), strength(byDefault))
      return strongest > strength(await this.capabilities.ownRule(this.pair.target.bucket, signal))
    })()
    this.looks = asked
    asked.catch(() => (this.looks = undefined))
    return asked
  }
}

const NOTHING: ExpectedMetadata = { extras: {}, attributes: { metadata: {} }, tagCount: 0, checksums: [], losses: [] }

/** Removes the modification time that an upload stored in the metadata: the file itself gets it. */
function withoutTime({
  metadata: { mtime: _time, ...metadata },
  ...headers
}: ObjectHead['attributes']): ObjectHead['attributes'] {
  return { ...headers, metadata }
}

/** Answers to writes report the encryption. */
function isToldBy(feature: Feature, expected: ExpectedMetadata, { encryption }: Written): boolean {
  if (feature.property !== 'encryption' || encryption === undefined) return false
  return isPresent(feature, expected, { attributes: { metadata: {} }, properties: { encryption }, checksums: [], tagCount: 0 })
}

function isForAll({ reason }: Failure): boolean {
  return reason !== undefined && FOR_ALL.has(reason)
}

/** Whether a retry would not help. */
function isFinal(error: unknown): error is StoreError {
  if (!(error instanceof StoreError) || error.failure.reason === 'cancelled') return false
  return error.failure.kind === 'permanent' || error.failure.reason === 'not-implemented'
}

function lost(losses: readonly Loss[]): StoreError {
  const message = losses.map(({ property, why }) => `${property} (${why})`).join(', ')
  return new StoreError({
    kind: 'permanent',
    operation: 'Copy',
    code: 'PropertyLost',
    reason: 'metadata-lost',
    message,
    side: 'target',
  })
}
