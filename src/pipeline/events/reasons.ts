/**
 * Incremented when a field of an event changes its meaning. 2: `upTo` of a page includes the target's keys, and `keys` lists the objects to
 * copy. 3: every repeated request is an `attempt-failed`.
 */
export const EVENT_SCHEMA = 3

/**
 * Why an object is copied. `checksum`: a checksum, a hash or the bytes differ; `metadata`: same bytes, different metadata; `incomparable`:
 * `--compare` cannot compare the two; `properties`: an interrupted run left the metadata incomplete.
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
 * Why an object is not copied. `no-name`: the object named exactly like the prefix, if the target takes only keys below its prefix.
 * `folder`: an empty object named `x/` that represents a directory, if the target has real directories. `archived`: it must be restored
 * before it can be read. `case-conflict`: the target treats its key and another key as the same.
 */
export const SKIP_REASONS = ['unchanged', 'exists', 'newer', 'no-name', 'folder', 'archived', 'case-conflict'] as const
export type SkipReason = (typeof SKIP_REASONS)[number]

/**
 * What proves the bytes of a copy. `etag`: the target's ETag is the source's, and a hash of the bytes; `checksum`: the target checked the
 * source's checksum; `digest`: the bytes read fit the source's ETag, and the target received them; `sent`: the target received the bytes
 * read, but the source tells nothing to check the reading by; `read-back`: the target was read and has the bytes that were read; `server`:
 * the server copied them, no byte passed through this machine; `none`: not checked (`--no-proof`).
 */
export const COPY_PROOFS = ['etag', 'checksum', 'digest', 'sent', 'read-back', 'server', 'none'] as const
export type CopyProof = (typeof COPY_PROOFS)[number]

/** How two objects were proven equal. `size`: no other method was available. */
export const PROOFS = ['etag', 'checksum', 'recomputed', 'bytes', 'size'] as const
export type Proof = (typeof PROOFS)[number]

/**
 * How an object differs: it exists only at the source (`missing`) or only at the target (`extra`), or the two were proven different by this
 * method.
 */
export const DIFFERENCES = ['missing', 'extra', 'size', 'checksum', 'bytes', 'metadata'] as const
export type Difference = (typeof DIFFERENCES)[number]

/**
 * What the plain ETags of a pair are. `md5`: MD5s of the bytes at source and target; `some`: some are MD5s, others are random (with SSE-KMS
 * they look the same); `none`: none is an MD5.
 */
export const ETAGS = ['md5', 'some', 'none'] as const
export type Etags = (typeof ETAGS)[number]
