import * as v from 'valibot'
import { PROPERTIES } from '../ports/object-metadata.js'
import { COPY_REASONS, SKIP_REASONS } from './reasons.js'
import { event, FailureSchema, LossesSchema, object, PairSchema, RequestCountsSchema, talliesOf, Tally } from './values.js'

/** Objects that had failed before the run was resumed, longest ago first, are tried again. */
const FailuresRetaken = event('failures-retaken', {
  pair: PairSchema,
  keys: v.array(v.string()),
  /** With `--versions`: of each of them, how many versions had failed. */
  versions: v.exactOptional(v.array(v.number())),
})

/** A request failed and is repeated after `waitMs`. */
const AttemptFailed = event('attempt-failed', {
  pair: PairSchema,
  /** The object it is about; absent of a listing and of deletes. */
  key: v.exactOptional(v.string()),
  size: v.exactOptional(v.number()),
  /** From 1. */
  attempt: v.number(),
  waitMs: v.number(),
  failure: FailureSchema,
})

/** Only under dry run, in the place of `object-copied`. */
const CopyPlanned = event('copy-planned', {
  ...object,
  reason: v.picklist(COPY_REASONS),
  /** What copying it will ask for. */
  requests: RequestCountsSchema,
  /** It is no object but the marker of a deleted one (`--versions`). */
  marker: v.exactOptional(v.literal(true)),
})

/** Only under dry run, of the first objects that would be copied: what they have that can get lost, and what of it is known to. */
const SampleTaken = event('sample-taken', {
  pair: PairSchema,
  key: v.string(),
  has: v.array(v.picklist(PROPERTIES)),
  losing: LossesSchema,
})

const ObjectCopied = event('object-copied', {
  ...object,
  targetKey: v.string(),
  reason: v.picklist(COPY_REASONS),
  etag: v.string(),
  /** 1 when the first attempt did it. */
  attempts: v.number(),
})

/** Found unchanged only after looking at the object itself (`--compare checksum`); most skips are counted per page. */
const ObjectSkipped = event('object-skipped', { ...object, reason: v.picklist(SKIP_REASONS) })

/** An object that its page counts as skipped or filtered; every one of them only with `--verbose`. */
const SkipTold = event('skip-told', { ...object, reason: v.picklist([...SKIP_REASONS, 'filtered']) })

/** Settled: no further attempt. */
const ObjectFailed = event('object-failed', {
  ...object,
  attempts: v.number(),
  failure: FailureSchema,
  /** With `--versions`: the one that failed and those that are newer, which were not tried. */
  versions: v.exactOptional(v.number()),
})

/** Its bytes arrived, and something else of it did not. */
const PropertiesLost = event('properties-lost', { pair: PairSchema, key: v.string(), losses: LossesSchema })

/** An upload in parts was begun: it is open, and its parts are kept, until it has ended. */
export const UploadStarted = event('upload-started', {
  ...object,
  targetKey: v.string(),
  uploadId: v.string(),
  /** What is copied, and in which parts (bytes): parts of another object can't be used. */
  etag: v.string(),
  partSize: v.number(),
})

/** The target has confirmed a part. */
const PartUploaded = event('part-uploaded', { pair: PairSchema, uploadId: v.string(), number: v.number(), etag: v.string() })

/** Completed, or aborted. */
const UploadEnded = event('upload-ended', { pair: PairSchema, uploadId: v.string() })

/** With `--versions`: a version of an object, or a delete marker, is the newest of the target's by now. Which became which stays in the journal. */
const VersionCopied = event('version-copied', {
  ...object,
  targetKey: v.string(),
  sourceVersion: v.string(),
  /** Absent where the target did not tell. */
  targetVersion: v.exactOptional(v.string()),
  /** Empty of a marker. */
  etag: v.string(),
  marker: v.boolean(),
  /** 1 when the first attempt did it. */
  attempts: v.number(),
})

/** An object's history was read again after a resume: versions that are new since, versions that had arrived unnoticed, and the rest. */
const HistoryRead = event('history-read', {
  pair: PairSchema,
  key: v.string(),
  listed: Tally,
  skipped: talliesOf(SKIP_REASONS),
  /** So many are to be copied. */
  versions: v.number(),
})

/** Nothing of an object's history is left to be done. `skipped`: from the first version on that must be restored before it can be read. */
const HistorySettled = event('history-settled', { pair: PairSchema, key: v.string(), skipped: talliesOf(SKIP_REASONS) })

export const OBJECT_EVENTS = [
  ObjectCopied,
  ObjectSkipped,
  SkipTold,
  CopyPlanned,
  AttemptFailed,
  ObjectFailed,
  PropertiesLost,
  UploadStarted,
  PartUploaded,
  UploadEnded,
  VersionCopied,
  HistoryRead,
  HistorySettled,
  FailuresRetaken,
  SampleTaken,
] as const
