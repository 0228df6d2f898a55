import type { SyncEvent } from '../events/events.js'
import type { ListPage, ObjectEntry } from '../ports/objects.js'
import type { Snapshot } from '../state/snapshot.js'

/** Stores delete candidates until the end of a run, outside memory. */
export interface Candidates {
  /** Resolves when they are stored as safely as the journal. `pair`: index in the run's pairs. */
  add(pair: number, entries: readonly ObjectEntry[]): Promise<void>
  /** All candidates of a pair, in batches of at most {@link DELETES_AT_ONCE}. */
  batches(pair: number): AsyncIterable<readonly ObjectEntry[]>
}

export type OnRepeat = (key: string) => void

/** Stores the events of a run outside this process. */
export interface Journal {
  /**
   * Synchronous, since Ctrl+C leaves no time to wait: when it returns, the operating system has the event, even if this process crashes.
   * After a failure, nothing more is appended.
   * @throws {StoreError} of kind `fatal` when it can't be written
   */
  append(event: SyncEvent): void
  /** Whether the segment is long enough to begin the next one. */
  readonly isLong: boolean
  /** Begins a segment with a snapshot of everything before it, so that a resume need not read the earlier segments. Fails like `append`. */
  beginSegment(snapshot: Snapshot): void
}

/** Sorts a listing that is too large for memory. */
export interface Sorter {
  /**
   * Reads `pages` to the end, then yields the same entries in UTF-8 order of their keys. Cleans up however the iteration ends. A repeated
   * key is yielded once, with its last entry; `onRepeat` is called, and may throw.
   */
  sorted(pages: AsyncIterable<ListPage>, onRepeat?: OnRepeat): AsyncIterable<ListPage>
}
