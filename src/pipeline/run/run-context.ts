import type { Observable, SchedulerLike } from 'rxjs'
import type { AttemptPolicy } from '../flow/attempt.js'
import type { Listers } from '../flow/listers.js'
import type { Semaphore } from '../flow/semaphore.js'
import type { Globs, Selects } from '../plan/selection.js'
import type { SyncPlan } from '../plan/sync-plan.js'
import type { NewChecksum, NewHasher } from '../ports/hasher.js'
import type { Stores } from '../ports/stores.js'
import type { OpenUpload } from '../state/remaining-work.js'
import type { Snapshot } from '../state/snapshot.js'
import type { BlockedCopy } from './blocked-copy.js'
import type { Learning } from './learning.js'
import type { Candidates, Journal, Sorter } from './run-files.js'
import type { TargetCapabilities } from './target-capabilities.js'

/** The world a run happens in. */
export interface RunEnvironment {
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
  readonly inBackground: BackgroundWork
  /** Signals that ask the run to end. */
  readonly interrupts: Observable<Interrupt>
  /** What the stores have to say to a person, e.g. of an option that a server refused. */
  readonly notices: Observable<Notice>
}

/** What an earlier process reached. */
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
export interface Run extends RunEnvironment, Learning {
  readonly plan: SyncPlan
  readonly policy: AttemptPolicy
  /** The worker cap. */
  readonly permits: Semaphore
  readonly listers: Listers
  /** Notices that were given: each is given once. */
  readonly noticesGiven: Set<string>
  /** Absent where the run is about all objects. */
  readonly selects: Selects | undefined
  readonly globs: Globs
  /** Bodies of at most so many bytes are held whole in memory. */
  readonly gather: number
  /** Bodies that are streamed: their number bounds their memory. */
  readonly streams: Semaphore
  /** Open uploads of an earlier process: each may be continued once. */
  readonly openUploads: Set<OpenUpload>
  /** Objects that another key of the target blocks, until it is known whether that key is deleted. Absent: they fail. */
  readonly blocked: BlockedCopy[] | undefined
  /** Target buckets that say where this run keeps backups, by name. */
  readonly backupNotes: Map<string, Promise<unknown>>
  /** What was learnt of target buckets, by name. */
  readonly capabilities: Map<string, TargetCapabilities>
}

/** The time of an event that happens now. */
export function at({ scheduler }: RunEnvironment): { readonly at: number } {
  return { at: scheduler.now() }
}

/** Takes work that must go on after its owner is gone, e.g. aborting an upload after Ctrl+C; whoever ends the process waits for it, with a deadline. */
export type BackgroundWork = (work: Promise<void>) => void
