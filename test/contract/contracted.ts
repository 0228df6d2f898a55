import type { ObjectStore } from '../../src/pipeline/ports/object-store.js'
import type { MultipartUploads, ServerSideCopies } from '../../src/pipeline/ports/store-facets.js'

/** A store of this project. Every store writes in parts and copies on the server; not every one has versions or metadata. */
export interface Contracted extends ObjectStore {
  readonly multipart: MultipartUploads
  readonly serverSideCopies: ServerSideCopies
}
