import * as v from 'valibot'
import { PROPERTIES } from '../ports/object-metadata.js'
import { COPY_PROOFS, COPY_REASONS, SKIP_REASONS } from './reasons.js'
import { event, FailureSchema, LossesSchema, object, PairSchema, RequestCountsSchema, talliesOf, Tally } from './values.js'

/** Objects that failed before the run was resumed are tried again, oldest failure first. */
const FailuresRetaken = event('failures-retaken', {
  pair: PairSchema,
  keys: v.array(v.string()),
  /** With `--versions`: the number of failed versions of each key. */
  versions: v.exactOptional(v.array(v.number())),
})

/** A request failed and is repeated after `waitMs`. */
const AttemptFailed = event('attempt-failed', {
  pair: PairSchema,
  /** The object of the request; absent for listings and deletes. */
  key: v.exactOptional(v.string()),
  size: v.exactOptional(v.number()),
  /** Counts from 1. */
  attempt: v.number(),
  waitMs: v.number(),
  failure: FailureSchema,
})

/** Only in a dry run, instead of `object-copied`. */
const CopyPlanned = event('copy-planned', {
  ...object,
  reason: v.picklist(COPY_REASONS),
  /** The requests that the copy needs. */
  requests: RequestCountsSchema,
  /** It is a delete marker (`--versions`). */
  marker: v.exactOptional(v.literal(true)),
})

/** Only in a dry run, for the first objects to copy: the metadata that could be lost, and the part known to be lost. */
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
  /** 1 if the first attempt succeeded. */
  attempts: v.number(),
  /** What proves its bytes. */
  proof: v.exactOptional(v.picklist(COPY_PROOFS)),
})

/** Found unchanged only after looking at the object (`--compare checksum`). Most skipped objects are counted per page. */
const ObjectSkipped = event('object-skipped', { ...object, reason: v.picklist(SKIP_REASONS) })

/** One object that its page counts as skipped or filtered. All of them are emitted only with `--verbose`. */
const SkipTold = event('skip-told', { ...object, reason: v.picklist([...SKIP_REASONS, 'filtered']) })

/** Final: no further attempt. */
const ObjectFailed = event('object-failed', {
  ...object,
  attempts: v.number(),
  failure: FailureSchema,
  /** With `--versions`: the number of failed versions: the one that failed, and the newer ones that were not tried. */
  versions: v.exactOptional(v.number()),
})

/** The content was copied, but some of the metadata was not. */
const PropertiesLost = event('properties-lost', { pair: PairSchema, key: v.string(), losses: LossesSchema })

/** A multipart upload was started: it remains open and keeps its parts until `upload-ended`. */
export const UploadStarted = event('upload-started', {
  ...object,
  targetKey: v.string(),
  uploadId: v.string(),
  /** The source ETag and the part size (bytes): parts of another object can't be used. */
  etag: v.string(),
  partSize: v.number(),
})

/** The target has confirmed a part. */
const PartUploaded = event('part-uploaded', { pair: PairSchema, uploadId: v.string(), number: v.number(), etag: v.string() })

/** The upload was completed or aborted. */
const UploadEnded = event('upload-ended', { pair: PairSchema, uploadId: v.string() })

/**
 * With `--versions`: a version or a delete marker was written as the newest version of the target object. The journal maps source versions
 * to target versions.
 */
const VersionCopied = event('version-copied', {
  ...object,
  targetKey: v.string(),
  sourceVersion: v.string(),
  /** Absent if the target did not report it. */
  targetVersion: v.exactOptional(v.string()),
  /** Empty for a delete marker. */
  etag: v.string(),
  marker: v.boolean(),
  /** 1 if the first attempt succeeded. */
  attempts: v.number(),
  /** What proves its bytes; absent for a delete marker. */
  proof: v.exactOptional(v.picklist(COPY_PROOFS)),
})

/** The history of an object was read again after a resume: new versions, versions that were copied without a confirmation, and the rest. */
const HistoryRead = event('history-read', {
  pair: PairSchema,
  key: v.string(),
  listed: Tally,
  skipped: talliesOf(SKIP_REASONS),
  /** The number of versions to copy. */
  versions: v.number(),
})

/** All versions of an object are settled. `skipped`: the first version that must be restored before it can be read, and all later ones. */
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
