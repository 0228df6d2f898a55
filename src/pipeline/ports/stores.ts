import type { ObjectStore } from './object-store.js'

/** The two stores of a run. Never the same client. */
export interface Stores {
  readonly source: ObjectStore
  readonly target: ObjectStore
}
