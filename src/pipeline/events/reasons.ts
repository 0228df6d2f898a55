/**
 * Grows when a field of an event changes its meaning. 2: `upTo` of a page counts the target's keys as well, and `keys` names what is to be
 * copied. 3: every request that is repeated is an `attempt-failed`.
 */
export const EVENT_SCHEMA = 3

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
export const SKIP_REASONS = ['unchanged', 'exists', 'newer', 'no-name', 'folder', 'archived', 'case-conflict'] as const
export type SkipReason = (typeof SKIP_REASONS)[number]

/** By what two objects were proven equal. `size`: nothing else could tell. */
export const PROOFS = ['etag', 'checksum', 'recomputed', 'bytes', 'size'] as const
export type Proof = (typeof PROOFS)[number]

/** In what an object differs: only the source has it, only the target, or by what the two were proven different. */
export const DIFFERENCES = ['missing', 'extra', 'size', 'checksum', 'bytes', 'metadata'] as const
export type Difference = (typeof DIFFERENCES)[number]

/**
 * What the plain ETags of a pair are: `md5` of the bytes on both sides; `some` are, others are random words (objects under a key of KMS look the
 * same); `none` is.
 */
export const ETAGS = ['md5', 'some', 'none'] as const
export type Etags = (typeof ETAGS)[number]
