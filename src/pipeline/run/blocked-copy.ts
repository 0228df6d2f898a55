import type { Observable } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import type { Failure } from '../ports/failure.js'

/** A copy that the target refused because of another key, e.g. a file where a directory must be. It waits until that key may be deleted. */
export interface BlockedCopy {
  readonly pair: BucketPair
  /** At the source. */
  readonly key: string
  /** bytes */
  readonly size: number
  readonly targetKey: string
  /** What the target answered. */
  readonly failure: Failure
  /** Copies the object, once more from the start. */
  readonly retry: () => Observable<SyncEvent>
}
