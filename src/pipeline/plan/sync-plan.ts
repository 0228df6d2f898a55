import type { BucketPair } from '../ports/bucket-pair.js'
import type { MetadataPolicy } from './metadata-policy.js'
import type { Selection } from './selection.js'

export const COMPARE_MODES = ['auto', 'size', 'etag', 'mtime', 'checksum', 'always'] as const

/** What counts as unchanged (`--compare`). */
export type CompareMode = (typeof COMPARE_MODES)[number]

/** The question that `decide` answers the same way for every object of a pair. */
export interface CompareRule {
  readonly compare: CompareMode
  /** What exists at the target stays as it is (`--ignore-existing`). */
  readonly ignoreExisting: boolean
  /** What is newer at the target stays as it is, though it differs (`--keep-newer`). */
  readonly keepNewer: boolean
}

/** What a person allows a run (`--max-rps`, `--bwlimit`); what is absent is not limited. */
export interface Limits {
  /** requests/s, source and target together */
  readonly requestsPerSecond?: number
  /** bytes/s that pass through here */
  readonly bytesPerSecond?: number
}

/** How much may be deleted: of each pair so many per cent of what its target lists, or of the run so many objects. */
export type MaxDelete = { readonly percent: number } | { readonly objects: number }

/** What a person allows the deletes of a run. */
export interface Deletes {
  readonly atMost: MaxDelete
  /** Although objects could not be copied, or other pairs not be listed (`--ignore-errors`). */
  readonly ignoreErrors?: true
  /** Although the source lists nothing (`--allow-empty-source`). */
  readonly allowEmptySource?: true
}

/** What a run is asked to do: plain data. */
export interface SyncPlan extends CompareRule {
  /** The run's id. */
  readonly run: string
  /** The locations as a person typed them, for reports. */
  readonly source: string
  readonly target: string
  readonly pairs: readonly BucketPair[]
  /** Objects in flight at most. */
  readonly workers: number
  /** Begin with fewer, and adapt to the servers (`--workers auto`). */
  readonly adaptive: boolean
  /** Further attempts per object, and the ms before the first of them; the wait doubles. */
  readonly retries: number
  readonly retryDelayMs: number
  /** The run stops when so many objects have failed. */
  readonly maxErrors?: number
  /** Which of the source's objects it is about. */
  readonly selection: Selection
  /** Objects missing at the source are deleted at the target; absent: they are not. */
  readonly deletes?: Deletes
  /** What becomes of an object whose key the target can't tell from another's; absent: it fails. */
  readonly caseConflict?: 'skip' | 'overwrite'
  /** What is overwritten or deleted is copied below this prefix of its bucket before. Without a trailing `/`. */
  readonly backupPrefix?: string
  /** Each skipped object is an event. */
  readonly tellSkips: boolean
  /** Both sides are compared when all else is done. */
  readonly verifies?: { readonly deep: boolean }
  /** Nothing else is done. */
  readonly verifiesOnly: boolean
  /** All versions of the objects are copied (`--versions`), each counts as one. */
  readonly versions: boolean
  /** Nothing is written. */
  readonly dryRun: boolean
  /** Objects above so many bytes are copied in parts. */
  readonly partThreshold: number
  /** Source and target share one endpoint, and server-side copy is allowed. */
  readonly serverSideCopy: boolean
  /** Objects above so many bytes it copies in parts. */
  readonly largestCopy: number
  /** Bytes in flight, all together. */
  readonly maxMemory: number
  readonly limits: Limits
  /** Preserve modification times (`--keep-times`). */
  readonly keepTimes: boolean
  /** The part size a person asked for, bytes. */
  readonly partSize?: number
  /** Which metadata is copied. */
  readonly metadataPolicy: MetadataPolicy
}
