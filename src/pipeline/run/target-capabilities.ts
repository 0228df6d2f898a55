import type { Encryption, Feature } from '../ports/object-metadata.js'
import type { BucketRules, ObjectStore } from '../ports/object-store.js'
import { sided } from '../ports/on-side.js'

/** What becomes of a feature at a target. `forgotten`: writes that ask for it succeed, and it is not there; `refused`: they fail. */
export type Fate = { readonly is: 'held' } | { readonly is: 'forgotten' | 'refused'; readonly why: string }

export const HELD: Fate = { is: 'held' }
export const FORGOTTEN: Fate = { is: 'forgotten', why: 'the target does not keep it' }
const NO_SUCH_THING: Fate = { is: 'forgotten', why: 'a file has no such thing' }

/** What a target bucket was found to hold: learnt from the first object that has something, true for all that have it. */
export class Holdings {
  private readonly fates = new Map<Feature['id'], Fate>()
  /** Somebody is finding out, and others wait for it. */
  private learning: Promise<void> | undefined
  private rules: Promise<BucketRules> | undefined

  constructor(readonly store: ObjectStore) {}

  /** Undefined before anybody knows. */
  fateOf({ id }: Feature): Fate | undefined {
    return this.store.traits.holdsProperties ? this.fates.get(id) : NO_SUCH_THING
  }

  note({ id }: Feature, fate: Fate): void {
    this.fates.set(id, fate)
  }

  refuses(features: readonly Feature[], code: string): void {
    for (const feature of features) this.note(feature, { is: 'refused', why: whyRefused(code) })
  }

  isRefused(id: Feature['id']): boolean {
    return this.fates.get(id)?.is === 'refused'
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
    return locks || (await sided('target', this.store.headBucket({ bucket, signal }))) === 'missing'
  }

  /** Asked once. */
  private rulesOf(bucket: string, signal: AbortSignal): Promise<BucketRules> {
    this.rules ??= sided('target', this.store.bucketRules({ bucket, signal }))
    this.rules.catch(() => (this.rules = undefined))
    return this.rules
  }
}

export function whyRefused(code: string): string {
  return `refused: ${code}`
}
