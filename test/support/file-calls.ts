import type { FileCalls } from '../../src/pipeline/ports/store-facets.js'

/** The calls of a file store in which nothing changes and nothing is hidden, unless `given` replaces them. */
export function fileCalls(given: Partial<FileCalls>): FileCalls {
  return {
    isStill: () => Promise.resolve(true),
    hides: () => Promise.resolve(false),
    setTime: () => Promise.resolve(),
    backupsWithin: () => new Set(),
    ...given,
  }
}
