import type { ObjectStore } from './object-store.js'

/** The two stores of a run. Never the same client (design.md, decision 6). */
export interface Stores {
  readonly source: ObjectStore
  readonly target: ObjectStore
}
