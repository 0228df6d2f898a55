import type { EventOf } from '../events/events.js'
import { featuresOf } from '../metadata/expected-metadata.js'
import type { MetadataCopier } from '../metadata/metadata-copier.js'
import { type Copy, sourceOf } from '../ports/object-copy.js'
import type { Loss, Property } from '../ports/object-metadata.js'
import { onSide } from '../ports/on-side.js'
import type { Stores } from '../ports/stores.js'

/** Number of objects of a pair that are examined as a sample. */
const SAMPLE = 20
const LOCKS: readonly Property[] = ['retention', 'legal-hold']

/** Predicts metadata losses from the first objects of a pair; writes nothing. */
export class DryRunSample {
  private taken = 0

  constructor(
    private readonly stores: Stores,
    private readonly metadataCopier: MetadataCopier,
  ) {}

  /**
   * Metadata of an object that could be lost, and the part that will be lost according to the target's rules. Undefined once the sample is
   * complete.
   */
  async take(copy: Copy, signal: AbortSignal): Promise<Pick<EventOf<'sample-taken'>, 'has' | 'losing'> | undefined> {
    if (this.taken++ >= SAMPLE) return undefined
    const { capabilities } = this.metadataCopier
    const from = sourceOf(copy)
    const expected = await this.metadataCopier.source.expected(
      from,
      await onSide('source', this.stores.source.head({ ...from, signal })),
      signal,
    )
    const features = expected === undefined ? [] : featuresOf(expected)
    const isLocked = features.some(({ property }) => LOCKS.includes(property))
    const takesLocks = !isLocked || (await capabilities.takesLocks(copy.to.bucket, signal))
    const losing = features.flatMap((feature): Loss[] => {
      const { property } = feature
      const support = capabilities.supportOf(feature)
      if (support !== undefined && support.is !== 'held') return [{ property, why: support.why }]
      return takesLocks || !LOCKS.includes(property)
        ? []
        : [{ property, why: 'the target’s bucket was made without Object Lock' }]
    })
    return { has: [...new Set(features.map(({ property }) => property))], losing: [...(expected?.losses ?? []), ...losing] }
  }
}
