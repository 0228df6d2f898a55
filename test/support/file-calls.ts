import type { FileCalls } from '../../src/pipeline/ports/store-facets.js'

/** The calls of a store of files, in which nothing changes and nothing is hidden, except as given. */
export function fileCalls(given: Partial<FileCalls>): FileCalls {
  return {
    isStill: () => Promise.resolve(true),
    hides: () => Promise.resolve(false),
    setTime: () => Promise.resolve(),
    backupsWithin: () => new Set(),
    ...given,
  }
}
