import type { ObjectStore } from '../pipeline/ports/object-store.js'
import type { Cancellable } from '../pipeline/ports/objects.js'

/** An open store of objects. */
export interface OpenStore extends ObjectStore {
  /** `http(s)://host[:port]`, without secrets; `file://` for directories. */
  readonly endpoint: string
  /** The names of all buckets that the access key may list, in the server's order. */
  listBuckets(request: Cancellable): Promise<readonly string[]>
  /** Releases its resources. */
  close(): void
}
