import type { Observable, SchedulerLike } from 'rxjs'
import type { AttemptPolicy } from '../flow/attempt.js'
import type { Listers } from '../flow/listers.js'
import type { Semaphore } from '../flow/semaphore.js'
import type { AttributeChange } from '../plan/attribute-rules.js'
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

/** The environment of a run. */
export interface RunEnvironment {
  readonly stores: Stores
  readonly sorter: Sorter
  readonly candidates: Candidates
  /** Stores the events; absent: the run can't be resumed. */
  readonly journal?: Journal
  /** State of an earlier process; absent: a new run. */
  readonly resumed?: Resumed
  /** The source keys in scope, page by page; absent: all listed keys. Read once. */
  readonly named?: AsyncIterable<readonly string[]>
  /** The clock and the timers. */
  readonly scheduler: SchedulerLike
  /** Time that this process spent working so far, not waiting, ms. */
  readonly busy: () => number
  readonly newHasher: NewHasher
  readonly newChecksum: NewChecksum
  /** in [0, 1) */
  readonly random: () => number
  readonly inBackground: BackgroundWork
  /** Signals that ask the run to end. */
  readonly interrupts: Observable<Interrupt>
  /** Messages of the stores for the user, e.g. about an option that a server refused. */
  readonly notices: Observable<Notice>
}

/** The state that an earlier process reached. */
export interface Resumed extends Snapshot {
  /** The failed objects of a pair (its index in the run's pairs), page by page. Read once. */
  failures(pair: number): AsyncIterable<readonly FailedBefore[]>
}

/** A failed object; with `--versions`, the number of its failed versions. */
export interface FailedBefore {
  readonly key: string
  readonly versions: number
}

export type Interrupt = 'SIGINT' | 'SIGTERM'

export interface Notice {
  readonly code: string
  readonly message: string
}

/** The change to the attributes of a source object; undefined if it keeps them. */
export type ChangesOf = (key: string) => AttributeChange | undefined

/** The context of every step: the plan, the environment, and what all pairs share. */
export interface Run extends RunEnvironment, Learning {
  readonly plan: SyncPlan
  readonly policy: AttemptPolicy
  /** The worker limit. */
  readonly permits: Semaphore
  readonly listers: Listers
  /** Notices already given: each is given once. */
  readonly noticesGiven: Set<string>
  /** Absent if all objects are in scope. */
  readonly selects: Selects | undefined
  readonly globs: Globs
  /** Changes to the attributes of the source's objects, which its store already shows; absent: there are none. */
  readonly changesOf?: ChangesOf
  /** Bodies up to this size are held as a whole in memory, bytes. */
  readonly gather: number
  /** Limits the number of streamed bodies, and so their memory. */
  readonly streams: Semaphore
  /** Open uploads of an earlier process: each can be continued once. */
  readonly openUploads: Set<OpenUpload>
  /** Objects that another target key blocks, until it is known whether that key is deleted. Absent: they fail. */
  readonly blocked: BlockedCopy[] | undefined
  /** Target buckets in which the backup prefix of this run is recorded, by name. */
  readonly backupNotes: Map<string, Promise<unknown>>
  /** What was learned about target buckets, by name. */
  readonly capabilities: Map<string, TargetCapabilities>
}

/** The time of an event, now. */
export function at({ scheduler }: RunEnvironment): { readonly at: number } {
  return { at: scheduler.now() }
}

/**
 * Accepts work that must continue after its owner has ended, e.g. aborting an upload after Ctrl+C. The process waits for it before it
 * exits, with a deadline.
 */
export type BackgroundWork = (work: Promise<void>) => void
