import type { Observable, SchedulerLike } from 'rxjs'
import type { CompareRule } from '../compare/decide.js'
import type { Snapshot } from '../state/snapshot.js'
import type { Holdings } from './target-capabilities.js'
import type { Keeping } from '../plan/metadata-policy.js'
import type { OpenUpload } from '../state/remaining-work.js'
import type { Limits } from '../flow/limited-stores.js'
import type { Permits } from '../flow/semaphore.js'
import type { NewChecksum, NewHasher } from '../proof/multipart-etag.js'
import type { Candidates, Journal, Sorter } from '../ports/object-store.js'
import type { Retrying } from '../flow/attempt.js'
import type { Globs, Selection, Selects } from '../plan/selection.js'
import type { Listers } from '../listing/sharded-listing.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import type { Stores } from '../transfer/single-put.js'
import type { ServerSide } from '../transfer/server-side-copy.js'
import type { GoOn } from '../transfer/multipart.js'
import type { Blocked } from '../transfer/make-way.js'

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
  /** Begin with fewer, and find out how many pay (`--workers auto`). */
  readonly adaptive: boolean
  /** Further attempts per object, and the ms before the first of them; the wait doubles. */
  readonly retries: number
  readonly retryDelayMs: number
  /** The run stops when so many objects have failed. */
  readonly maxErrors?: number
  /** Which of the source's objects it is about. */
  readonly selection: Selection
  /** What the target has and the source has not is deleted; absent: it stays. */
  readonly deletes?: Deletes
  /** What becomes of an object whose key the target can't tell from another's; absent: it fails. */
  readonly caseConflict?: 'skip' | 'overwrite'
  /** What is overwritten or deleted is copied below this prefix of its bucket before. Without a trailing `/`. */
  readonly backupPrefix?: string
  /** Each skipped object is told of by name, too. */
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
  /** Source and target are one endpoint, and it may be asked to copy by itself. */
  readonly serverSideCopy: boolean
  /** Objects above so many bytes it copies in parts. */
  readonly largestCopy: number
  /** Bytes on their way, all together. */
  readonly maxMemory: number
  readonly limits: Limits
  /** When objects were modified travels with them (`--keep-times`). */
  readonly keepTimes: boolean
  /** The part size a person asked for, bytes. */
  readonly partSize?: number
  /** What of an object is to arrive beside its bytes. */
  readonly keeping: Keeping
}

/** What a person allows the deletes of a run. */
export interface Deletes {
  readonly atMost: MaxDelete
  /** Although objects could not be copied, or other pairs not be listed (`--ignore-errors`). */
  readonly ignoreErrors?: true
  /** Although the source lists nothing (`--allow-empty-source`). */
  readonly allowEmptySource?: true
}

/** How much may be deleted: of each pair so many per cent of what its target lists, or of the run so many objects. */
export type MaxDelete = { readonly percent: number } | { readonly objects: number }

/** The world a run happens in. */
export interface World {
  readonly stores: Stores
  readonly sorter: Sorter
  readonly candidates: Candidates
  /** Keeps what happens; absent: a run that can't be resumed. */
  readonly journal?: Journal
  /** Absent: the run begins. */
  readonly resumed?: Resumed
  /** The source's keys that the run is about, page by page; absent: what its listings show. Read once. */
  readonly named?: AsyncIterable<readonly string[]>
  /** Tells the time, and wakes what waits. */
  readonly scheduler: SchedulerLike
  /** How long this process was at work so far, and did not wait for anything, ms. */
  readonly busy: () => number
  readonly newHasher: NewHasher
  readonly newChecksum: NewChecksum
  /** in [0, 1) */
  readonly random: () => number
  readonly goOn: GoOn
  /** Signals that ask the run to end. */
  readonly interrupts: Observable<Interrupt>
  /** What the stores have to say to a person, e.g. of an option that a server refused. */
  readonly notices: Observable<Notice>
}

/** What an earlier process came to. */
export interface Resumed extends Snapshot {
  /** The objects of a pair (its place among the run's pairs) that had failed, page by page. Read once. */
  failures(pair: number): AsyncIterable<readonly FailedBefore[]>
}

/** An object that had failed, with `--versions` so many versions of it. */
export interface FailedBefore {
  readonly key: string
  readonly versions: number
}

export type Interrupt = 'SIGINT' | 'SIGTERM'

export interface Notice {
  readonly code: string
  readonly message: string
}

/** What every step works with: the plan, the world, and what all pairs of the run share. */
export interface Run extends World {
  readonly plan: SyncPlan
  readonly how: Retrying
  /** The worker cap. */
  readonly permits: Permits
  readonly serverSide: ServerSide
  /** The same for backups, which stay at the target. */
  readonly backupsOnServer: ServerSide
  readonly listers: Listers
  /** What a person was told that is told once. */
  readonly told: Set<string>
  /** Absent where the run is about all objects. */
  readonly selects: Selects | undefined
  readonly globs: Globs
  /** Bodies of at most so many bytes are held whole on their way. */
  readonly gather: number
  /** Bodies on their way as streams: what they hold is bounded by their number. */
  readonly streams: Permits
  /** Open uploads of an earlier process: each may be gone on with once. */
  readonly kept: Set<OpenUpload>
  /** Objects that something at the target stands in the way of, until it is known whether that is to be deleted. Absent: they fail. */
  readonly blocked: Blocked[] | undefined
  /** Target buckets that say where this run keeps backups, by name. */
  readonly noted: Map<string, Promise<unknown>>
  /** What was learnt of target buckets, by name. */
  readonly holdings: Map<string, Holdings>
}

/** The time of an event that happens now. */
export function at({ scheduler }: World): { readonly at: number } {
  return { at: scheduler.now() }
}
