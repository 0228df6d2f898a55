import type { EventOf } from '../events/events.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import type { Loss, Property } from '../ports/object-metadata.js'

/** Maximum number of objects with losses that are named; the others are counted, and listed in the journal. */
const NAMED = 100

/** Metadata that copied objects lost. */
export interface Lost {
  /** Objects by property; one may have lost several. */
  readonly objects: Readonly<Partial<Record<Property, number>>>
  /** The first {@link NAMED} objects. */
  readonly named: readonly ObjectLoss[]
  readonly omitted: number
}

/** Metadata of the first objects to copy that could be lost. */
export interface Foreseen {
  /** number of objects examined */
  readonly objects: number
  /** Objects by property. */
  readonly has: Readonly<Partial<Record<Property, number>>>
  /** Metadata known to be lost, and why. */
  readonly losing: readonly Loss[]
}

/** An object that lost metadata, by name. */
export interface ObjectLoss {
  readonly pair: BucketPair
  readonly key: string
  readonly losses: readonly Loss[]
}

export const NOTHING_LOST: Lost = { objects: {}, named: [], omitted: 0 }
export const NOTHING_FORESEEN: Foreseen = { objects: 0, has: {}, losing: [] }

export function addSample(was: Foreseen, { has, losing }: EventOf<'sample-taken'>): Foreseen {
  const isNew = ({ property, why }: Loss): boolean => !was.losing.some((one) => one.property === property && one.why === why)
  return { objects: was.objects + 1, has: counted(was.has, has), losing: [...was.losing, ...losing.filter(isNew)] }
}

function counted(was: Foreseen['has'], properties: readonly Property[]): Foreseen['has'] {
  const counts = { ...was }
  for (const property of new Set(properties)) counts[property] = (counts[property] ?? 0) + 1
  return counts
}

export function addLoss({ objects, named, omitted }: Lost, { pair, key, losses }: EventOf<'properties-lost'>): Lost {
  const counts = counted(
    objects,
    losses.map(({ property }) => property),
  )
  const isFull = named.length >= NAMED
  return { objects: counts, named: isFull ? named : [...named, { pair, key, losses }], omitted: omitted + (isFull ? 1 : 0) }
}
