import type { SyncEvent } from '../events/events.js'
import type { ListPage, ObjectEntry } from '../ports/objects.js'
import type { Snapshot } from '../state/snapshot.js'

/** Keeps what is to be deleted until the end of a run, outside memory. */
export interface Candidates {
  /** Resolves when they are stored as safely as the journal. `pair`: its place among the run's pairs. */
  add(pair: number, entries: readonly ObjectEntry[]): Promise<void>
  /** All that were added for a pair, a batch of at most {@link DELETES_AT_ONCE} at a time. */
  batches(pair: number): AsyncIterable<readonly ObjectEntry[]>
}

export type OnRepeat = (key: string) => void

/** Keeps what happens in a run, outside this process. */
export interface Journal {
  /**
   * Synchronous, since Ctrl+C leaves no time to wait: when it returns the operating system has the event, whatever becomes of this process.
   * Once it has failed, nothing more is appended.
   * @throws {StoreError} of kind `fatal` when it can't be written
   */
  append(event: SyncEvent): void
  /** So much was appended to the segment that the next one should begin. */
  readonly isLong: boolean
  /** Begins a segment with a snapshot of everything before it, so that a resume need not read that. Fails as `append` does. */
  beginSegment(snapshot: Snapshot): void
}

/** Sorts a listing that is too large for memory. */
export interface Sorter {
  /**
   * Reads `pages` to their end, then yields the same entries in UTF-8 order of their keys. Cleans up when the iteration ends in whatever way. A
   * key that is there twice comes once, as it was last; `onRepeat` is called, and may throw.
   */
  sorted(pages: AsyncIterable<ListPage>, onRepeat?: OnRepeat): AsyncIterable<ListPage>
}
