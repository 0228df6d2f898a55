import type { SampleTaken } from '../events/events.js'
import { featuresOf } from '../metadata/expected-metadata.js'
import type { Keeper } from '../metadata/metadata-copier.js'
import { type Copy, sourceOf } from '../ports/object-copy.js'
import type { Loss, Property } from '../ports/object-metadata.js'
import { sided } from '../ports/on-side.js'
import type { Stores } from '../ports/stores.js'

/** So many objects of a pair stand for all when a person wants to know beforehand. */
const SAMPLE = 20
const LOCKS: readonly Property[] = ['retention', 'legal-hold']

/** What may get lost of a pair's objects, told by the first of them; writes nothing. */
export class Sample {
  private taken = 0

  constructor(
    private readonly stores: Stores,
    private readonly keeper: Keeper,
  ) {}

  /** What an object has that can get lost, and what of it will, as far as the target's rules tell. Undefined when enough were looked at. */
  async take(copy: Copy, signal: AbortSignal): Promise<Pick<SampleTaken, 'has' | 'losing'> | undefined> {
    if (this.taken++ >= SAMPLE) return undefined
    const { holdings } = this.keeper
    const from = sourceOf(copy)
    const wish = await this.keeper.wish(from, await sided('source', this.stores.source.head({ ...from, signal })), signal)
    const features = wish === undefined ? [] : featuresOf(wish)
    const isLocked = features.some(({ property }) => LOCKS.includes(property))
    const takesLocks = !isLocked || (await holdings.takesLocks(copy.to.bucket, signal))
    const losing = features.flatMap((feature): Loss[] => {
      const { property } = feature
      const fate = holdings.fateOf(feature)
      if (fate !== undefined && fate.is !== 'held') return [{ property, why: fate.why }]
      return takesLocks || !LOCKS.includes(property)
        ? []
        : [{ property, why: 'the target’s bucket was made without Object Lock' }]
    })
    return { has: [...new Set(features.map(({ property }) => property))], losing: [...(wish?.losses ?? []), ...losing] }
  }
}
