import type { BucketPair } from '../ports/bucket-pair.js'
import type { MetadataPolicy } from './metadata-policy.js'
import type { Selection } from './selection.js'

export const COMPARE_MODES = ['auto', 'size', 'etag', 'mtime', 'checksum', 'always'] as const

/** What counts as unchanged (`--compare`). */
export type CompareMode = (typeof COMPARE_MODES)[number]

/** The comparison settings that `decide` applies to every object of a pair. */
export interface CompareRule {
  readonly compare: CompareMode
  /** Existing target objects are not overwritten (`--ignore-existing`). */
  readonly ignoreExisting: boolean
  /** Newer target objects are not overwritten, even if they differ (`--keep-newer`). */
  readonly keepNewer: boolean
}

/** Limits set by the user (`--max-rps`, `--bwlimit`); absent: unlimited. */
export interface Limits {
  /** requests/s, source and target together */
  readonly requestsPerSecond?: number
  /** bytes/s through this machine */
  readonly bytesPerSecond?: number
}

/** The maximum number of deletes: a percentage of what each pair's target lists, or a number of objects for the run. */
export type MaxDelete = { readonly percent: number } | { readonly objects: number }

/** The user's limits for the deletes of a run. */
export interface Deletes {
  readonly atMost: MaxDelete
  /** Delete even if copies or other pairs' listings failed (`--ignore-errors`). */
  readonly ignoreErrors?: true
  /** Delete even if the source lists nothing (`--allow-empty-source`). */
  readonly allowEmptySource?: true
}

/** The settings of a run: plain data. */
export interface SyncPlan extends CompareRule {
  /** The run's id. */
  readonly run: string
  /** The locations as the user typed them, for reports. */
  readonly source: string
  readonly target: string
  readonly pairs: readonly BucketPair[]
  /** Maximum number of objects in flight. */
  readonly workers: number
  /** Start with fewer workers, and adapt to the servers (`--workers auto`). */
  readonly adaptive: boolean
  /** Retries per object, and the wait before the first retry in ms; the wait doubles. */
  readonly retries: number
  readonly retryDelayMs: number
  /** The run stops after this many failed objects. */
  readonly maxErrors?: number
  /** The source objects in scope. */
  readonly selection: Selection
  /** Delete target objects that are missing at the source; absent: do not delete. */
  readonly deletes?: Deletes
  /** What to do with an object whose key the target treats as the same as another key; absent: it fails. */
  readonly caseConflict?: 'skip' | 'overwrite'
  /** Before an object is overwritten or deleted, it is copied below this prefix of its bucket. Without a trailing `/`. */
  readonly backupPrefix?: string
  /** Emit an event for each skipped object. */
  readonly tellSkips: boolean
  /** Compare source and target after all other work. */
  readonly verifies?: { readonly deep: boolean }
  /** Only compare. */
  readonly verifiesOnly: boolean
  /** Copy all versions of the objects (`--versions`); each version counts as an object. */
  readonly versions: boolean
  /** Write nothing. */
  readonly dryRun: boolean
  /** Larger objects are copied in parts, bytes. */
  readonly partThreshold: number
  /** The same for objects whose ETag is their MD5: a copy in one piece has that ETag, which proves its bytes for nothing. */
  readonly largestWhole: number
  /** Source and target share one endpoint, and server-side copy is allowed. */
  readonly serverSideCopy: boolean
  /** Bytes are hashed where nothing else proves them, and read back where nothing else can. */
  readonly proof: boolean
  /** Larger objects are copied in parts by server-side copy, bytes. */
  readonly largestCopy: number
  /** Maximum total bytes in flight. */
  readonly maxMemory: number
  readonly limits: Limits
  /** Preserve modification times (`--keep-times`). */
  readonly keepTimes: boolean
  /** The part size set by the user, bytes. */
  readonly partSize?: number
  /** Which metadata is copied. */
  readonly metadataPolicy: MetadataPolicy
}
