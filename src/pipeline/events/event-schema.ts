import * as v from 'valibot'
import type { BucketPair } from '../ports/bucket-pair.js'
import { FAILURE_REASONS } from '../ports/failure.js'
import { PROPERTIES } from '../ports/object-metadata.js'
import { COPY_REASONS, DIFFERENCES, ETAGS, type SyncEvent } from './events.js'

const number = v.number()
const string = v.string()
const BucketPrefix = v.object({ bucket: string, prefix: string, self: v.boolean(), only: v.exactOptional(v.literal(true)) })
export const Pair = v.object({ source: BucketPrefix, target: BucketPrefix })
export const Tally = v.object({ objects: number, bytes: number })
const CopyReason = v.picklist(COPY_REASONS)
const SkipReason = v.picklist(['unchanged', 'exists', 'newer', 'no-name', 'folder', 'archived', 'case-conflict'])
export const Failure = v.object({
  kind: v.picklist(['transient', 'throttled', 'changed', 'permanent', 'fatal']),
  operation: string,
  code: string,
  reason: v.exactOptional(v.picklist(FAILURE_REASONS)),
  properties: v.exactOptional(v.array(v.picklist(PROPERTIES))),
  status: v.exactOptional(number),
  message: string,
  other: v.exactOptional(string),
  side: v.exactOptional(v.picklist(['source', 'target'])),
})
export const RequestCounts = v.record(string, number)
const Skips = v.object({
  unchanged: v.exactOptional(Tally),
  exists: v.exactOptional(Tally),
  newer: v.exactOptional(Tally),
  'no-name': v.exactOptional(Tally),
  folder: v.exactOptional(Tally),
  archived: v.exactOptional(Tally),
  'case-conflict': v.exactOptional(Tally),
})

export const Losses = v.array(v.object({ property: v.picklist(PROPERTIES), why: string }))

const Proof = v.picklist(['etag', 'checksum', 'recomputed', 'bytes', 'size'])
const proven = v.exactOptional(Tally)
const Proofs = v.object({ etag: proven, checksum: proven, recomputed: proven, bytes: proven, size: proven })
export const DifferenceOf = v.picklist(DIFFERENCES)

export const EtagFacts = v.object({ etags: v.picklist(ETAGS), isTested: v.boolean(), hasHidden: v.boolean() })
export const FeatureSupport = v.variant('is', [
  v.object({ is: v.literal('held') }),
  v.object({ is: v.picklist(['forgotten', 'refused']), why: string }),
])
const ServerSideCopy = v.picklist(['copies', 'backups'])

export const Globs = v.array(v.object({ include: v.boolean(), glob: string }))

export const RunStarted = v.object({
  type: v.literal('run-started'),
  at: number,
  schema: number,
  run: string,
  source: string,
  target: string,
  pairs: v.array(Pair),
  dryRun: v.boolean(),
  verifiesOnly: v.exactOptional(v.boolean()),
  workers: number,
})
export const RunStopped = v.object({
  type: v.literal('run-stopped'),
  at: number,
  cause: v.picklist(['SIGINT', 'SIGTERM', 'errors', 'fatal']),
  failure: v.exactOptional(Failure),
})
export const PaceChanged = v.object({
  type: v.literal('pace-changed'),
  at: number,
  workers: number,
  perSecond: v.exactOptional(number),
  cause: v.picklist(['trying-more', 'no-gain', 'strained', 'refused']),
})
export const withheld = <P extends v.GenericSchema<unknown, BucketPair>>(pair: P) =>
  v.object({
    type: v.literal('deletes-withheld'),
    at: number,
    cause: v.picklist(['listing-failed', 'copies-failed', 'source-empty', 'unordered', 'too-many']),
    pair: v.exactOptional(pair),
    objects: number,
  })
export const shardOf = <P extends v.GenericSchema<unknown, BucketPair>>(pair: P) =>
  v.object({ pair, after: v.exactOptional(string), upTo: v.exactOptional(string) })
export const uploadStarted = <P extends v.GenericSchema<unknown, BucketPair>>(pair: P) =>
  v.object({
    ...{ type: v.literal('upload-started'), at: number, pair, key: string, size: number },
    ...{ targetKey: string, uploadId: string, etag: string, partSize: number },
  })

/**
 * The events of a journal as they are read. Pairs are written as their place among the run's; schema 1 wrote them out, and its pages name no
 * keys.
 */
export function eventSchema(pairs: readonly BucketPair[]): v.GenericSchema<unknown, SyncEvent> {
  const pair = v.union([
    v.pipe(
      v.number(),
      v.check((index) => pairs[index] !== undefined, 'a pair that the run does not have'),
      v.transform((index) => pairs[index] ?? NO_PAIR),
    ),
    Pair,
  ])
  const shard = shardOf(pair)
  const of = <T extends string>(type: T) => ({ type: v.literal(type), at: number })
  const object = { pair, key: string, size: number }
  const retried = { attempt: number, waitMs: number, failure: Failure }
  return v.variant('type', [
    v.object({ ...of('object-copied'), ...object, targetKey: string, reason: CopyReason, etag: string, attempts: number }),
    v.object({
      ...of('page-decided'),
      ...{ shard, upTo: string, unordered: v.exactOptional(v.boolean()), listed: Tally, skipped: Skips },
      ...{ filtered: v.exactOptional(Tally), there: v.exactOptional(Tally), extra: v.exactOptional(Tally), toCopy: Tally },
      keys: v.optional(v.array(string), () => []),
      versions: v.exactOptional(v.array(number)),
    }),
    v.object({ ...of('object-skipped'), ...object, reason: SkipReason }),
    v.object({ ...of('properties-lost'), pair, key: string, losses: Losses }),
    v.object({
      ...of('version-copied'),
      ...object,
      ...{ targetKey: string, sourceVersion: string, targetVersion: v.exactOptional(string), etag: string },
      ...{ marker: v.boolean(), attempts: number },
    }),
    v.object({ ...of('history-read'), pair, key: string, listed: Tally, skipped: Skips, versions: number }),
    v.object({ ...of('history-settled'), pair, key: string, skipped: Skips }),
    v.object({ ...of('object-failed'), ...object, attempts: number, failure: Failure, versions: v.exactOptional(number) }),
    v.object({ ...of('attempt-failed'), ...object, ...retried }),
    v.object({ ...of('object-deleted'), pair, key: string }),
    v.object({ ...of('delete-withdrawn'), pair, key: string }),
    v.object({ ...of('delete-failed'), pair, key: string, failure: Failure }),
    v.object({ ...of('deletes-retried'), pair, ...retried }),
    withheld(pair),
    v.object({ ...of('backup-made'), pair, key: string }),
    uploadStarted(pair),
    v.object({ ...of('part-uploaded'), pair, uploadId: string, number, etag: string }),
    v.object({ ...of('upload-ended'), pair, uploadId: string }),
    v.object({ ...of('shard-split'), shard, other: shard }),
    v.object({ ...of('shard-listed'), shard }),
    v.object({ ...of('shard-restarted'), shard, side: v.picklist(['source', 'target']) }),
    v.object({ ...of('shard-failed'), shard, failure: Failure }),
    v.object({ ...of('listing-retried'), shard, ...retried }),
    v.object({ ...of('pair-completed'), pair }),
    v.object({ ...of('bucket-created'), pair }),
    v.object({ ...of('failures-retaken'), pair, keys: v.array(string), versions: v.exactOptional(v.array(number)) }),
    v.object({ ...of('verification-started'), pair }),
    v.object({ ...of('page-verified'), shard, upTo: string, listed: Tally, proofs: Proofs }),
    v.object({ ...of('object-proven'), ...object, proof: Proof }),
    v.object({ ...of('object-different'), ...object, difference: DifferenceOf }),
    v.object({ ...of('verification-failed'), ...object, attempts: number, failure: Failure }),
    v.object({ ...of('pair-verified'), pair }),
    PaceChanged,
    v.object({ ...of('globs-unmatched'), globs: Globs }),
    v.object({ ...of('etag-trust-changed'), pair, ...EtagFacts.entries }),
    v.object({ ...of('feature-support-learned'), bucket: string, feature: string, support: FeatureSupport }),
    v.object({ ...of('server-side-copy-refused'), of: ServerSideCopy, code: string }),
    v.object({ ...of('notice-given'), code: string, message: string }),
    RunStarted,
    v.object({ ...of('run-resumed'), workers: number }),
    RunStopped,
    v.object({ ...of('run-finished') }),
    v.object({
      ...of('copy-planned'),
      ...object,
      ...{ reason: CopyReason, requests: RequestCounts, marker: v.exactOptional(v.literal(true)) },
    }),
    v.object({ ...of('sample-taken'), pair, key: string, has: v.array(v.picklist(PROPERTIES)), losing: Losses }),
    v.object({ ...of('delete-planned'), pair, key: string }),
    v.object({ ...of('skip-told'), ...object, reason: v.union([SkipReason, v.literal('filtered')]) }),
  ])
}

/** Never looked at: what is transformed was checked. */
const NO_PAIR: BucketPair = {
  source: { bucket: '', prefix: '', self: false },
  target: { bucket: '', prefix: '', self: false },
}
