import type { Observable } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import type { Failure } from '../ports/failure.js'

/** A copy that another target key blocks, e.g. a file where a directory is needed. It waits until that key may be deleted. */
export interface BlockedCopy {
  readonly pair: BucketPair
  /** At the source. */
  readonly key: string
  /** bytes */
  readonly size: number
  readonly targetKey: string
  /** The target's answer. */
  readonly failure: Failure
  /** Copies the object again from the start. */
  readonly retry: () => Observable<SyncEvent>
}
