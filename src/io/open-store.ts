import type { ObjectStore } from '../pipeline/ports/object-store.js'
import type { Cancellable } from '../pipeline/ports/objects.js'

/** A place that holds objects, open. */
export interface OpenStore extends ObjectStore {
  /** `http(s)://host[:port]`, nothing secret; `file://` of directories. */
  readonly endpoint: string
  /** The names of all buckets the login may see, in the server's order. */
  listBuckets(request: Cancellable): Promise<readonly string[]>
  /** Lets go of what it holds open. */
  close(): void
}
