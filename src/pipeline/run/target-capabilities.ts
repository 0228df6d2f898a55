import type { Encryption, Feature } from '../ports/object-metadata.js'
import type { BucketRules, ObjectStore } from '../ports/object-store.js'
import { onSide } from '../ports/on-side.js'

/** What becomes of a feature at a target. `forgotten`: writes that ask for it succeed, and it is not there; `refused`: they fail. */
export type FeatureSupport = { readonly is: 'held' } | { readonly is: 'forgotten' | 'refused'; readonly why: string }

export const SUPPORTED: FeatureSupport = { is: 'held' }
export const DROPPED: FeatureSupport = { is: 'forgotten', why: 'the target does not keep it' }
const NO_SUCH_THING: FeatureSupport = { is: 'forgotten', why: 'a file has no such thing' }

/** What a target bucket was found to hold: learnt from the first object that has something, true for all that have it. */
export class TargetCapabilities {
  private readonly support = new Map<Feature['id'], FeatureSupport>()
  /** Somebody is finding out, and others wait for it. */
  private learning: Promise<void> | undefined
  private rules: Promise<BucketRules> | undefined

  constructor(readonly store: ObjectStore) {}

  /** Undefined before anybody knows. */
  supportOf({ id }: Feature): FeatureSupport | undefined {
    return this.store.traits.holdsProperties ? this.support.get(id) : NO_SUCH_THING
  }

  note({ id }: Feature, support: FeatureSupport): void {
    this.support.set(id, support)
  }

  refuses(features: readonly Feature[], code: string): void {
    for (const feature of features) this.note(feature, { is: 'refused', why: whyRefused(code) })
  }

  isRefused(id: Feature['id']): boolean {
    return this.support.get(id)?.is === 'refused'
  }

  /** Finds something out, or waits for whoever does so already and failing whom this one may try by itself. */
  async learnt(find: () => Promise<void>): Promise<void> {
    if (this.learning !== undefined) return this.learning.catch(() => undefined)
    this.learning = find().finally(() => (this.learning = undefined))
    return this.learning
  }

  /** How the bucket encrypts by itself. */
  async ownRule(bucket: string, signal: AbortSignal): Promise<Encryption | undefined> {
    return (await this.rulesOf(bucket, signal)).encryption
  }

  /** Whether the bucket takes locked objects; one that is still to be made will. */
  async takesLocks(bucket: string, signal: AbortSignal): Promise<boolean> {
    const { locks } = await this.rulesOf(bucket, signal)
    return locks || (await onSide('target', this.store.headBucket({ bucket, signal }))) === 'missing'
  }

  /** Asked once. */
  private rulesOf(bucket: string, signal: AbortSignal): Promise<BucketRules> {
    this.rules ??= onSide('target', this.store.bucketRules({ bucket, signal }))
    this.rules.catch(() => (this.rules = undefined))
    return this.rules
  }
}

export function whyRefused(code: string): string {
  return `refused: ${code}`
}
