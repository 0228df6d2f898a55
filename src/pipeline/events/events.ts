import type { GlobRule } from '../plan/selection.js'
import type { BucketPair, Shard, Side } from '../ports/bucket-pair.js'
import type { Failure } from '../ports/failure.js'
import type { Loss, Property } from '../ports/object-metadata.js'
import type { RequestCounts } from './request-counts.js'

/**
 * Grows when a field of an event changes its meaning. 2: `upTo` of a page counts the target's keys as well, and `keys` names what is to be
 * copied.
 */
export const EVENT_SCHEMA = 2

/**
 * Why an object is copied. `checksum`: a checksum, a hash or the bytes differ; `metadata`: the same bytes with other metadata; `incomparable`:
 * `--compare` cannot compare the two; `properties`: an interrupted run left them incomplete.
 */
export const COPY_REASONS = [
  'new',
  'size',
  'etag',
  'time',
  'checksum',
  'metadata',
  'incomparable',
  'properties',
  'always',
] as const
export type CopyReason = (typeof COPY_REASONS)[number]
/**
 * Why it is not. `no-name`: the object named by the prefix itself, where the target takes only keys below its own. `folder`: an empty object
 * named `x/`, which stands for a directory, and the target has those of its own. `archived`: it must be restored before it can be read.
 * `case-conflict`: the target can't tell its key from another's.
 */
export type SkipReason = 'unchanged' | 'exists' | 'newer' | 'no-name' | 'folder' | 'archived' | 'case-conflict'

/** By what two objects were proven equal. `size`: nothing else could tell. */
export type Proof = 'etag' | 'checksum' | 'recomputed' | 'bytes' | 'size'
/** In what an object differs: only the source has it, only the target, or by what the two were proven different. */
export const DIFFERENCES = ['missing', 'extra', 'size', 'checksum', 'bytes', 'metadata'] as const
export type Difference = (typeof DIFFERENCES)[number]

/**
 * What the plain ETags of a pair are: `md5` of the bytes on both sides; `some` are, others are random words (objects under a key of KMS look the
 * same); `none` is.
 */
export const ETAGS = ['md5', 'some', 'none'] as const
export type Etags = (typeof ETAGS)[number]

/** What becomes of a feature at a target. `forgotten`: writes that ask for it succeed, and it is not there; `refused`: they fail. */
export type FeatureSupport = { readonly is: 'held' } | { readonly is: 'forgotten' | 'refused'; readonly why: string }

/** A number of objects and their bytes. */
export interface Tally {
  readonly objects: number
  readonly bytes: number
}

/** Objects and bytes by reason; a reason that did not occur is absent. */
export type Tallies<Reason extends string> = Readonly<Partial<Record<Reason, Tally>>>

/** Objects by what they were proven by, while they are counted. */
export type Proofs = Partial<Record<Proof, { objects: number; bytes: number }>>

interface Happened {
  /** ms since the epoch */
  readonly at: number
}

/** What the run was asked to do; everything a reader of the events needs and nothing secret. */
export interface RunStarted extends Happened {
  readonly type: 'run-started'
  readonly schema: number
  readonly run: string
  /** The locations as typed, e.g. `a:media`. */
  readonly source: string
  readonly target: string
  readonly pairs: readonly BucketPair[]
  readonly dryRun: boolean
  /** It compares and does nothing else. */
  readonly verifiesOnly?: boolean
  readonly workers: number
}

/** The run continues in another process: failed objects are tried again, and failed listings continue. */
export interface RunResumed extends Happened {
  readonly type: 'run-resumed'
  readonly workers: number
}

/** Objects that had failed before the run was resumed, longest ago first, are tried again. */
export interface FailuresRetaken extends Happened {
  readonly type: 'failures-retaken'
  readonly pair: BucketPair
  readonly keys: readonly string[]
  /** With `--versions`: of each of them, how many versions had failed. */
  readonly versions?: readonly number[]
}

export interface BucketCreated extends Happened {
  readonly type: 'bucket-created'
  readonly pair: BucketPair
}

/** Decided about one page of the join. Skips are counted here and nowhere else. */
export interface PageDecided extends Happened {
  readonly type: 'page-decided'
  readonly shard: Shard
  /** The watermark: the last key of the page, whichever side has it, as the source would name it. */
  readonly upTo: string
  /** The listing has no order: `upTo` says nothing. */
  readonly unordered?: boolean
  /** What the source listed on it. */
  readonly listed: Tally
  readonly skipped: Tallies<SkipReason>
  /** What the run is not about (`--include` and the like); absent where there was none. */
  readonly filtered?: Tally
  /** With `--delete`: objects that the target lists up to here, and those missing at the source, to be deleted at the end. */
  readonly there?: Tally
  readonly extra?: Tally
  /** Objects of the page that go on to be copied (or compared by checksum first). */
  readonly toCopy: Tally
  /** Their keys: unsettled until an event of their own settles them. */
  readonly keys: readonly string[]
  /** With `--versions`, where each version counts as an object: of each of these keys, how many versions go on. */
  readonly versions?: readonly number[]
}

/** Names the object an event is about. */
export interface ObjectEvent extends Happened {
  readonly pair: BucketPair
  /** at the source */
  readonly key: string
  /** bytes */
  readonly size: number
}

/** Only under dry run, in the place of {@link ObjectCopied}. */
export interface CopyPlanned extends ObjectEvent {
  readonly type: 'copy-planned'
  readonly reason: CopyReason
  /** What copying it will ask for. */
  readonly requests: RequestCounts
  /** It is no object but the marker of a deleted one (`--versions`). */
  readonly marker?: true
}

/** Only under dry run, of the first objects that would be copied: what they have that can get lost, and what of it is known to. */
export interface SampleTaken extends Happened {
  readonly type: 'sample-taken'
  readonly pair: BucketPair
  readonly key: string
  readonly has: readonly Property[]
  readonly losing: readonly Loss[]
}

/** What was at the target under this object's name was copied to the backups: it may be overwritten. */
export interface BackupMade extends Happened {
  readonly type: 'backup-made'
  readonly pair: BucketPair
  /** at the source */
  readonly key: string
}

export interface ObjectCopied extends ObjectEvent {
  readonly type: 'object-copied'
  readonly targetKey: string
  readonly reason: CopyReason
  readonly etag: string
  /** 1 when the first attempt did it */
  readonly attempts: number
}

/** With `--versions`: a version of an object, or a delete marker, is the newest of the target's by now. Which became which stays in the journal. */
export interface VersionCopied extends ObjectEvent {
  readonly type: 'version-copied'
  readonly targetKey: string
  readonly sourceVersion: string
  /** Absent where the target did not tell. */
  readonly targetVersion?: string
  /** Empty of a marker. */
  readonly etag: string
  readonly marker: boolean
  /** 1 when the first attempt did it */
  readonly attempts: number
}

/** An object's history was read again after a resume: versions that are new since, versions that had arrived unnoticed, and the rest. */
export interface HistoryRead extends Happened {
  readonly type: 'history-read'
  readonly pair: BucketPair
  /** at the source */
  readonly key: string
  readonly listed: Tally
  readonly skipped: Tallies<SkipReason>
  /** So many are to be copied. */
  readonly versions: number
}

/** Nothing of an object's history is left to be done. `skipped`: from the first version on that must be restored before it can be read. */
export interface HistorySettled extends Happened {
  readonly type: 'history-settled'
  readonly pair: BucketPair
  /** at the source */
  readonly key: string
  readonly skipped: Tallies<SkipReason>
}

/** Its bytes arrived, and something else of it did not. */
export interface PropertiesLost extends Happened {
  readonly type: 'properties-lost'
  readonly pair: BucketPair
  /** at the source */
  readonly key: string
  readonly losses: readonly Loss[]
}

/** An upload in parts was begun: it is open, and its parts are kept, until it has ended. */
export interface UploadStarted extends ObjectEvent {
  readonly type: 'upload-started'
  readonly targetKey: string
  readonly uploadId: string
  /** What is copied, and in which parts (bytes): parts of another object can't be used. */
  readonly etag: string
  readonly partSize: number
}

/** The target has confirmed a part. */
export interface PartUploaded extends Happened {
  readonly type: 'part-uploaded'
  readonly pair: BucketPair
  readonly uploadId: string
  /** from 1 */
  readonly number: number
  readonly etag: string
}

/** Completed, or aborted. */
export interface UploadEnded extends Happened {
  readonly type: 'upload-ended'
  readonly pair: BucketPair
  readonly uploadId: string
}

/** Found unchanged only after looking at the object itself (`--compare checksum`); most skips are counted per page. */
export interface ObjectSkipped extends ObjectEvent {
  readonly type: 'object-skipped'
  readonly reason: SkipReason
}

/** An object that its page counts as skipped or filtered; every one of them only with `--verbose`. */
export interface SkipTold extends ObjectEvent {
  readonly type: 'skip-told'
  readonly reason: SkipReason | 'filtered'
}

/** An attempt failed and another will follow after `waitMs`. */
export interface AttemptFailed extends ObjectEvent {
  readonly type: 'attempt-failed'
  readonly attempt: number
  readonly waitMs: number
  readonly failure: Failure
}

/** Settled: no further attempt. */
export interface ObjectFailed extends ObjectEvent {
  readonly type: 'object-failed'
  readonly attempts: number
  readonly failure: Failure
  /** With `--versions`: the one that failed and those that are newer, which were not tried. */
  readonly versions?: number
}

/** Names an object of the target that the source does not have. */
interface ExtraEvent extends Happened {
  readonly pair: BucketPair
  /** at the target */
  readonly key: string
}

/** Only under dry run, in the place of {@link ObjectDeleted}. */
export interface DeletePlanned extends ExtraEvent {
  readonly type: 'delete-planned'
}

export interface ObjectDeleted extends ExtraEvent {
  readonly type: 'object-deleted'
}

/** After a resume: the source has the object by now, so it stays. */
export interface DeleteWithdrawn extends ExtraEvent {
  readonly type: 'delete-withdrawn'
}

/** Settled: the object stays. */
export interface DeleteFailed extends ExtraEvent {
  readonly type: 'delete-failed'
  readonly failure: Failure
}

/** Objects could not be deleted (or copied to the backups before), and it is tried again after `waitMs`. */
export interface DeletesRetried extends Happened {
  readonly type: 'deletes-retried'
  readonly pair: BucketPair
  readonly attempt: number
  readonly waitMs: number
  readonly failure: Failure
}

/**
 * Nothing is deleted though something was to be; with `--ignore-errors` and `listing-failed`, nothing of that pair. `listing-failed`, `copies-failed`: the run did not do what comes before; the others are
 * guards: the source lists nothing, a side does not list in order, more would go than `--max-delete` allows.
 */
export interface DeletesWithheld extends Happened {
  readonly type: 'deletes-withheld'
  readonly cause: 'listing-failed' | 'copies-failed' | 'source-empty' | 'unordered' | 'too-many'
  /** Where it is about one pair. */
  readonly pair?: BucketPair
  /** How many objects stay. */
  readonly objects: number
}

/** The side's listing does not ascend: what was listed so far counts no more, the pair is compared over sorted listings from its start. */
export interface ShardRestarted extends Happened {
  readonly type: 'shard-restarted'
  readonly shard: Shard
  readonly side: Side
}

/** What was left of `shard` is listed as two from now on, which end and begin at the same key. */
export interface ShardSplit extends Happened {
  readonly type: 'shard-split'
  readonly shard: Shard
  readonly other: Shard
}

/** Its listings have ended; objects of it may still be in flight. */
export interface ShardListed extends Happened {
  readonly type: 'shard-listed'
  readonly shard: Shard
}

/** All of its shards were listed to their end, and every object is settled. */
export interface PairCompleted extends Happened {
  readonly type: 'pair-completed'
  readonly pair: BucketPair
}

/** A listing failed, after retries: the content of the shard, which begins where the listing stopped, is unknown; nothing may be deleted. */
export interface ShardFailed extends Happened {
  readonly type: 'shard-failed'
  readonly shard: Shard
  readonly failure: Failure
}

/** A page of a listing failed and is asked for again. */
export interface ListingRetried extends Happened {
  readonly type: 'listing-retried'
  readonly shard: Shard
  readonly attempt: number
  readonly waitMs: number
  readonly failure: Failure
}

/**
 * From now on so many objects are in flight, and at most `perSecond` attempts begin (absent: as fast as they can). `refused`: the server set
 * the rate; the others are those of `--workers auto`.
 */
export interface PaceChanged extends Happened {
  readonly type: 'pace-changed'
  readonly workers: number
  readonly perSecond?: number
  readonly cause: 'trying-more' | 'no-gain' | 'strained' | 'refused'
}

/** The comparison of a pair begins; earlier results of it no longer count. */
export interface VerificationStarted extends Happened {
  readonly type: 'verification-started'
  readonly pair: BucketPair
}

/** What the listings alone prove, one page of the join at a time. */
export interface PageVerified extends Happened {
  readonly type: 'page-verified'
  readonly shard: Shard
  readonly upTo: string
  /** What the source listed on it and was meant. */
  readonly listed: Tally
  readonly proofs: Tallies<Proof>
}

/** The same on both sides, as far as `proof` goes. */
export interface ObjectProven extends ObjectEvent {
  readonly type: 'object-proven'
  readonly proof: Proof
}

/** Of an object that only the target has, key and size are the target's. */
export interface ObjectDifferent extends ObjectEvent {
  readonly type: 'object-different'
  readonly difference: Difference
}

/** It could not be compared. */
export interface VerificationFailed extends ObjectEvent {
  readonly type: 'verification-failed'
  readonly attempts: number
  readonly failure: Failure
}

/** Source and target were compared completely. */
export interface PairVerified extends Happened {
  readonly type: 'pair-verified'
  readonly pair: BucketPair
}

/** No name that the run came across matches these: probably a slip. Only of a run that one process saw from its beginning to its end. */
export interface GlobsUnmatched extends Happened {
  readonly type: 'globs-unmatched'
  readonly globs: readonly GlobRule[]
}

/** The ETags of a pair turned out to be something else than was assumed, or were tested. Holds for every object that comes after. */
export interface EtagTrustChanged extends Happened {
  readonly type: 'etag-trust-changed'
  readonly pair: BucketPair
  readonly etags: Etags
  /** Two that differ were looked into. */
  readonly isTested: boolean
  /** An object was met whose ETag is no MD5, because of its encryption. */
  readonly hasHidden: boolean
}

/** A target bucket showed, with the first object that needs it, whether it holds a feature (e.g. `storage-class GLACIER_IR`). */
export interface FeatureSupportLearned extends Happened {
  readonly type: 'feature-support-learned'
  /** Of the target. */
  readonly bucket: string
  readonly feature: string
  readonly support: FeatureSupport
}

/** The endpoint does not copy from bucket to bucket (`copies`) or within the target's (`backups`): objects are downloaded and uploaded. */
export interface ServerSideCopyRefused extends Happened {
  readonly type: 'server-side-copy-refused'
  readonly of: 'copies' | 'backups'
  /** What the server answered. */
  readonly code: string
}

/** Something a person should know once, e.g. an option that a server refused. */
export interface NoticeGiven extends Happened {
  readonly type: 'notice-given'
  readonly code: string
  readonly message: string
}

/** The run stops before its end. `errors`: `--max-errors` was reached; `fatal`: it could not go on. */
export interface RunStopped extends Happened {
  readonly type: 'run-stopped'
  readonly cause: 'SIGINT' | 'SIGTERM' | 'errors' | 'fatal'
  readonly failure?: Failure
}

export interface RunFinished extends Happened {
  readonly type: 'run-finished'
}

/** All that can happen in a run. Totals, progress, exit code and reports are folds of these and of nothing else. */
export type SyncEvent =
  | RunStarted
  | RunResumed
  | FailuresRetaken
  | BucketCreated
  | PageDecided
  | CopyPlanned
  | SampleTaken
  | UploadStarted
  | PartUploaded
  | UploadEnded
  | BackupMade
  | ObjectCopied
  | VersionCopied
  | HistoryRead
  | HistorySettled
  | PropertiesLost
  | ObjectSkipped
  | SkipTold
  | AttemptFailed
  | ObjectFailed
  | DeletePlanned
  | ObjectDeleted
  | DeleteWithdrawn
  | DeleteFailed
  | DeletesRetried
  | DeletesWithheld
  | ShardRestarted
  | ShardSplit
  | ShardListed
  | PairCompleted
  | ShardFailed
  | ListingRetried
  | VerificationStarted
  | PageVerified
  | ObjectProven
  | ObjectDifferent
  | VerificationFailed
  | PairVerified
  | PaceChanged
  | GlobsUnmatched
  | EtagTrustChanged
  | FeatureSupportLearned
  | ServerSideCopyRefused
  | NoticeGiven
  | RunStopped
  | RunFinished
