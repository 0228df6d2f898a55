import * as v from 'valibot'
import { DeletesWithheld } from '../events/delete-events.js'
import { UploadStarted } from '../events/object-events.js'
import { PaceChanged, RunStarted, RunStopped } from '../events/run-events.js'
import { COPY_PROOFS, COPY_REASONS, DIFFERENCES, PROOFS, SKIP_REASONS } from '../events/reasons.js'
import {
  ClockDifference,
  type EntriesOf,
  EtagFacts,
  FailureSchema,
  FeatureSupport,
  GlobsSchema,
  LossesSchema,
  PairSchema,
  RequestCountsSchema,
  ShardSchema,
  SideSchema,
  Tally,
} from '../events/values.js'
import { PROPERTIES } from '../ports/object-metadata.js'
import { type Learned, NOTHING_LEARNED } from './learned.js'
import type { Lost, ObjectLoss } from './metadata-losses.js'
import type { OpenUpload, Remaining, RemainingOfPair, RemainingShard } from './remaining-work.js'
import type { ObjectFailure, PairState, RunState } from './run-state.js'
import type { Snapshot } from './snapshot.js'
import type { Totals as RunTotals } from './totals.js'
import type { NamedDifference, Verified } from './verification-totals.js'

const number = v.number()
const string = v.string()
const count = v.exactOptional(number)

const Totals = v.object({
  ...{ listed: number, copied: number, skipped: number, filtered: number, failed: number, deleted: number },
  ...{ deletesPlanned: number, retries: number, recovered: number },
  ...{ bytesListed: number, bytesCopied: number, bytesSkipped: number },
  reasons: v.object(v.entriesFromList([...COPY_REASONS, ...SKIP_REASONS], count)),
  // Absent in snapshots of earlier versions.
  proofs: v.optional(v.object(v.entriesFromList(COPY_PROOFS, count)), {}),
} satisfies EntriesOf<RunTotals>)

const Verification = v.object({
  listed: Tally,
  proofs: v.object(v.entriesFromList(PROOFS, count)),
  ...{ different: number, failed: number, isComplete: v.boolean() },
} satisfies EntriesOf<Verified>)

const PairOfRun = v.object({
  pair: PairSchema,
  created: v.boolean(),
  totals: Totals,
  status: v.picklist(['waiting', 'running', 'completed', 'failed']),
  unordered: v.boolean(),
  toMeetAgain: Tally,
  failure: v.exactOptional(FailureSchema),
  deletesFailed: number,
  verified: v.exactOptional(Verification),
  there: number,
} satisfies EntriesOf<PairState>)

const FailedObject = v.object({
  ...{ pair: PairSchema, side: SideSchema, compared: v.exactOptional(v.literal(true)) },
  ...{ key: string, attempts: number, failure: FailureSchema, versions: count },
} satisfies EntriesOf<ObjectFailure>)

const DifferentObject = v.object({
  ...{ pair: PairSchema, key: string, difference: v.picklist(DIFFERENCES) },
} satisfies EntriesOf<NamedDifference>)

const LostMetadata = v.object({
  objects: v.object(v.entriesFromList(PROPERTIES, count)),
  named: v.array(v.object({ pair: PairSchema, key: string, losses: LossesSchema } satisfies EntriesOf<ObjectLoss>)),
  omitted: number,
} satisfies EntriesOf<Lost>)

const LearnedFacts = v.object({
  etags: v.array(v.object({ ...EtagFacts.entries, pair: PairSchema })),
  features: v.record(string, v.record(string, FeatureSupport)),
  clocks: v.exactOptional(ClockDifference),
  serverSideCopyRefused: v.object({ copies: v.exactOptional(string), backups: v.exactOptional(string) }),
  ignoresRanges: v.exactOptional(v.literal(true)),
} satisfies EntriesOf<Learned>)

const State = v.object({
  started: v.exactOptional(RunStarted),
  resumedAt: count,
  finishedAt: count,
  pairs: v.array(PairOfRun),
  failures: v.array(FailedObject),
  differences: v.exactOptional(v.array(DifferentObject)),
  lost: v.exactOptional(LostMetadata),
  // Journals of earlier versions do not have it.
  learned: v.optional(LearnedFacts, () => NOTHING_LEARNED),
  requests: v.exactOptional(RequestCountsSchema),
  unmatched: v.exactOptional(GlobsSchema),
  stopped: v.exactOptional(RunStopped),
  withheld: v.exactOptional(DeletesWithheld),
  pace: v.exactOptional(v.object({ most: number, last: PaceChanged })),
  // `sample` exists only for dry runs, which have no journal.
} satisfies EntriesOf<Omit<RunState, 'sample'>>)

const RemainingShardSchema = v.object({
  ...ShardSchema.entries,
  of: v.exactOptional(v.object({ after: v.exactOptional(string) })),
} satisfies EntriesOf<RemainingShard>)

const RemainingPair = v.object({
  pair: PairSchema,
  shards: v.array(RemainingShardSchema),
  unsettled: v.array(string),
  backedUp: v.exactOptional(v.array(string)),
  histories: v.exactOptional(v.array(v.tuple([string, number]))),
  failures: v.object({ told: number, gone: number }),
  unordered: v.boolean(),
} satisfies EntriesOf<RemainingOfPair>)

const Upload = v.object({
  started: UploadStarted,
  parts: v.array(v.object({ number, etag: string })),
} satisfies EntriesOf<OpenUpload>)

const RemainingSchema = v.object({ pairs: v.array(RemainingPair), uploads: v.array(Upload) } satisfies EntriesOf<Remaining>)

/** A line that replaces everything written before it. */
export const SnapshotLine: v.GenericSchema<unknown, Snapshot & { readonly type: 'snapshot' }> = v.object({
  type: v.literal('snapshot'),
  state: State,
  left: RemainingSchema,
})
