import * as v from 'valibot'
import {
  DifferenceOf,
  EtagFacts,
  Failure,
  FeatureSupport,
  Globs,
  Losses,
  PaceChanged,
  Pair,
  RequestCounts,
  RunStarted,
  RunStopped,
  shardOf,
  Tally,
  uploadStarted,
  withheld,
} from '../events/event-schema.js'
import { COPY_REASONS } from '../events/events.js'
import { NOTHING_LEARNED } from './learned.js'
import type { Snapshot } from './snapshot.js'
import { SKIP_REASONS } from './totals.js'

const number = v.number()
const count = v.exactOptional(v.number())

const Totals = v.object({
  ...{ listed: number, copied: number, skipped: number, filtered: number, failed: number, deleted: number },
  ...{
    deletesPlanned: number,
    retries: number,
    recovered: number,
    bytesListed: number,
    bytesCopied: number,
    bytesSkipped: number,
  },
  reasons: v.object(v.entriesFromList([...COPY_REASONS, ...SKIP_REASONS], count)),
})

const State = v.object({
  started: v.exactOptional(RunStarted),
  resumedAt: v.exactOptional(number),
  finishedAt: v.exactOptional(number),
  pairs: v.array(
    v.object({
      pair: Pair,
      created: v.boolean(),
      totals: Totals,
      status: v.picklist(['waiting', 'running', 'completed', 'failed']),
      unordered: v.boolean(),
      toMeetAgain: v.object({ objects: number, bytes: number }),
      failure: v.exactOptional(Failure),
      deletesFailed: number,
      verified: v.exactOptional(
        v.object({
          listed: Tally,
          proofs: v.object({ etag: count, checksum: count, recomputed: count, bytes: count, size: count }),
          ...{ different: number, failed: number, isComplete: v.boolean() },
        }),
      ),
      there: number,
    }),
  ),
  failures: v.array(
    v.object({
      ...{ pair: Pair, side: v.picklist(['source', 'target']), compared: v.exactOptional(v.literal(true)) },
      ...{ key: v.string(), attempts: number, failure: Failure, versions: count },
    }),
  ),
  differences: v.exactOptional(v.array(v.object({ pair: Pair, key: v.string(), difference: DifferenceOf }))),
  lost: v.exactOptional(
    v.object({
      objects: v.object({
        ...{ metadata: count, headers: count, tags: count, 'storage-class': count, encryption: count, redirect: count },
        ...{ retention: count, 'legal-hold': count, acl: count, checksum: count },
      }),
      named: v.array(v.object({ pair: Pair, key: v.string(), losses: Losses })),
      omitted: number,
    }),
  ),
  // A journal of an earlier version says nothing of it.
  learned: v.optional(
    v.object({
      etags: v.array(v.object({ ...EtagFacts.entries, pair: Pair })),
      features: v.record(v.string(), v.record(v.string(), FeatureSupport)),
      serverSideCopyRefused: v.object({ copies: v.exactOptional(v.string()), backups: v.exactOptional(v.string()) }),
    }),
    () => NOTHING_LEARNED,
  ),
  requests: v.exactOptional(RequestCounts),
  unmatched: v.exactOptional(Globs),
  stopped: v.exactOptional(RunStopped),
  withheld: v.exactOptional(withheld(Pair)),
  pace: v.exactOptional(v.object({ most: number, last: PaceChanged })),
})

const Left = v.object({
  pairs: v.array(
    v.object({
      pair: Pair,
      shards: v.array(
        v.object({ ...shardOf(Pair).entries, of: v.exactOptional(v.object({ after: v.exactOptional(v.string()) })) }),
      ),
      unsettled: v.array(v.string()),
      backedUp: v.exactOptional(v.array(v.string())),
      histories: v.exactOptional(v.array(v.tuple([v.string(), number]))),
      failures: v.object({ told: number, gone: number }),
      unordered: v.boolean(),
    }),
  ),
  uploads: v.array(v.object({ started: uploadStarted(Pair), parts: v.array(v.object({ number, etag: v.string() })) })),
})

/** The line that stands for all that was written before it. */
export const SnapshotLine: v.GenericSchema<unknown, Snapshot & { readonly type: 'snapshot' }> = v.object({
  type: v.literal('snapshot'),
  state: State,
  left: Left,
})
