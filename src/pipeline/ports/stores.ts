import type { ObjectStore } from './object-store.js'

/** The two stores of a run, always with separate clients. */
export interface Stores {
  readonly source: ObjectStore
  readonly target: ObjectStore
}
