import type { FeatureSupport } from '../events/values.js'
import { metadataOf } from '../ports/absent-facets.js'
import type { Encryption, Feature, Property } from '../ports/object-metadata.js'
import type { ObjectStore } from '../ports/object-store.js'
import type { BucketRules } from '../ports/store-facets.js'
import { onSide } from '../ports/on-side.js'
import type { Learning } from './learning.js'

export const SUPPORTED: FeatureSupport = { is: 'held' }
export const DROPPED: FeatureSupport = { is: 'forgotten', why: 'the target does not keep it' }
const NO_SUCH_THING: FeatureSupport = { is: 'forgotten', why: 'a file has no such thing' }

/** Refusals of a feature's value after which a bucket is taken to accept none. */
const REFUSALS = 3

/** Properties whose value is another one in each object. */
const OWN_VALUES: ReadonlySet<Property> = new Set(['tags', 'redirect', 'retention'])

/** Features that are left out of one write, since they are the cause or one of the possible causes of its refusal. */
export interface SuspectedFeatures {
  readonly features: readonly Feature[]
  /** The error code of the refusal. */
  readonly code: string
  /** The refusal does not depend on the features' values. */
  readonly isForAll: boolean
}

export const NONE_SUSPECTED: SuspectedFeatures = { features: [], code: '', isForAll: false }

/** The metadata features that a target bucket supports: learned from the first object that has a feature, applied to all that have it. */
export class TargetCapabilities {
  /** Refusals in a row that concern a feature's value, by the feature's id. */
  private readonly refusals = new Map<string, number>()
  /** A running inquiry, for which others wait. */
  private inquiry: Promise<void> | undefined
  private rules: Promise<BucketRules> | undefined

  constructor(
    private readonly learning: Learning,
    private readonly bucket: string,
    private readonly store: ObjectStore,
  ) {}

  /** Undefined while it is unknown. */
  supportOf({ id }: Feature): FeatureSupport | undefined {
    return this.store.metadata === undefined ? NO_SUCH_THING : this.learnedOf(id)
  }

  note({ id }: Feature, support: FeatureSupport): void {
    if (this.learnedOf(id)?.is === support.is) return
    const { learning, bucket } = this
    learning.learn({ type: 'feature-support-learned', at: learning.scheduler.now(), bucket, feature: id, support })
  }

  refuses(features: readonly Feature[], code: string): void {
    for (const feature of features) this.note(feature, { is: 'refused', why: whyRefused(code) })
  }

  /**
   * Records why a write was accepted only without these features. They are given up for the whole bucket, except for those with a value
   * of their own in each object: one value may be refused and others accepted. These are given up if the refusal concerns every value, or
   * if no value was accepted in {@link REFUSALS} objects; otherwise only this object loses them.
   */
  noteRefusals({ features, code, isForAll }: SuspectedFeatures): void {
    for (const feature of features) {
      const refusals = (this.refusals.get(feature.id) ?? 0) + 1
      this.refusals.set(feature.id, refusals)
      const isForEach = !isForAll && OWN_VALUES.has(feature.property)
      if (!isForEach || (refusals >= REFUSALS && this.supportOf(feature)?.is !== 'held')) this.refuses([feature], code)
    }
  }

  isRefused(id: Feature['id']): boolean {
    return this.learnedOf(id)?.is === 'refused'
  }

  /** Runs an inquiry, or waits for a running one; if that fails, the caller may start its own. */
  async learnt(find: () => Promise<void>): Promise<void> {
    if (this.inquiry !== undefined) return this.inquiry.catch(() => undefined)
    this.inquiry = find().finally(() => (this.inquiry = undefined))
    return this.inquiry
  }

  /** The default encryption of the bucket. */
  async ownRule(bucket: string, signal: AbortSignal): Promise<Encryption | undefined> {
    return (await this.rulesOf(bucket, signal)).encryption
  }

  /** Whether the bucket accepts locked objects; a bucket that is not created yet will. */
  async takesLocks(bucket: string, signal: AbortSignal): Promise<boolean> {
    const { locks } = await this.rulesOf(bucket, signal)
    return locks || (await onSide('target', this.store.headBucket({ bucket, signal }))) === 'missing'
  }

  private learnedOf(id: Feature['id']): FeatureSupport | undefined {
    return this.learning.learned().features[this.bucket]?.[id]
  }

  /** Requested once. */
  private rulesOf(bucket: string, signal: AbortSignal): Promise<BucketRules> {
    this.rules ??= onSide('target', metadataOf(this.store).bucketRules({ bucket, signal }))
    this.rules.catch(() => (this.rules = undefined))
    return this.rules
  }
}

export function whyRefused(code: string): string {
  return `refused: ${code}`
}
