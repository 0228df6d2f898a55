import * as v from 'valibot'
import type { BucketPair, BucketPrefix, Shard as KeyRange } from '../ports/bucket-pair.js'
import { FAILURE_KINDS, FAILURE_REASONS, type Failure as StoreFailure } from '../ports/failure.js'
import { type Loss, PROPERTIES } from '../ports/object-metadata.js'
import type { GlobRule } from '../plan/selection.js'
import { ETAGS } from './reasons.js'

/** The output type of a schema, deeply readonly: events are immutable. */
export type Read<Schema extends v.GenericSchema> = DeepReadonly<v.InferOutput<Schema>>
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

/** Requires a schema for each field of T, including optional ones: a forgotten field does not compile. */
export type EntriesOf<T> = Record<keyof T, unknown>

const string = v.string()
const number = v.number()

const Prefix = v.object({
  ...{ bucket: string, prefix: string, self: v.boolean(), only: v.exactOptional(v.literal(true)) },
} satisfies EntriesOf<BucketPrefix>)
export const PairSchema = v.object({ source: Prefix, target: Prefix } satisfies EntriesOf<BucketPair>)
export const ShardSchema = v.object({
  ...{ pair: PairSchema, after: v.exactOptional(string), upTo: v.exactOptional(string) },
} satisfies EntriesOf<KeyRange>)
export const SideSchema = v.picklist(['source', 'target'])

export const FailureSchema = v.object({
  kind: v.picklist(FAILURE_KINDS),
  operation: string,
  code: string,
  reason: v.exactOptional(v.picklist(FAILURE_REASONS)),
  properties: v.exactOptional(v.array(v.picklist(PROPERTIES))),
  status: v.exactOptional(number),
  message: string,
  retryAfterMs: v.exactOptional(number),
  other: v.exactOptional(string),
  side: v.exactOptional(SideSchema),
} satisfies EntriesOf<StoreFailure>)

export const LossesSchema = v.array(v.object({ property: v.picklist(PROPERTIES), why: string } satisfies EntriesOf<Loss>))
export const GlobsSchema = v.array(v.object({ include: v.boolean(), glob: string } satisfies EntriesOf<GlobRule>))

/** A number of objects and their bytes. */
export const Tally = v.object({ objects: number, bytes: number })
export type Tally = Read<typeof Tally>

/** Objects and bytes by reason; reasons without objects are absent. */
export type Tallies<Reason extends string> = Readonly<Partial<Record<Reason, Tally>>>
export function talliesOf<const Reasons extends readonly string[]>(reasons: Reasons) {
  return v.object(v.entriesFromList(reasons, v.exactOptional(Tally)))
}

/** Number of requests by S3 operation name. */
export const RequestCountsSchema = v.record(string, number)

/** What is known about the ETags of a pair so far. */
export const EtagFacts = v.object({
  etags: v.picklist(ETAGS),
  /** Two objects with different ETags were examined. */
  isTested: v.boolean(),
  /** At least one object has an ETag that is not an MD5 because of its encryption. */
  hasHidden: v.boolean(),
})
export type EtagFacts = Read<typeof EtagFacts>

/** How far one clock is ahead of another, ms; accurate to `withinMs` in either direction. */
export const ClockDifference = v.object({ aheadMs: number, withinMs: number })
export type ClockDifference = Read<typeof ClockDifference>

/** Support of a feature at a target. `forgotten`: writes with the feature succeed, but it is not stored; `refused`: such writes fail. */
export const FeatureSupport = v.variant('is', [
  v.object({ is: v.literal('held') }),
  v.object({ is: v.picklist(['forgotten', 'refused']), why: string }),
])
export type FeatureSupport = Read<typeof FeatureSupport>

/** The schema of an event: its type, its time (ms since the epoch), and its own fields. */
export function event<const Type extends string, Fields extends v.ObjectEntries>(type: Type, fields: Fields) {
  return v.object({ type: v.literal(type), at: number, ...fields })
}

/** Identifies the object of an event: `key` at the source, `size` in bytes. */
export const object = { pair: PairSchema, key: string, size: number }
