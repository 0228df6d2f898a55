import { StoreError } from '../ports/failure.js'
import type { ObjectStore } from '../ports/object-store.js'

/** A source that knows no versions at all, and keeps none: each of its objects is its own only version. */
export function singleVersions(source: ObjectStore): ObjectStore {
  return {
    ...source,
    async listVersions(request) {
      try {
        return await source.listVersions(request)
      } catch (error) {
        if (!isUnknown(error) || (await source.versioning(request)) !== 'none') throw error
        const { entries, ...rest } = await source.listPage(request)
        return { entries: entries.map((entry) => ({ ...entry, versionId: 'null', isMarker: false, isLatest: true })), ...rest }
      }
    },
  }
}

/** Whether a server does not know what it was asked for. */
export function isUnknown(error: unknown): error is StoreError {
  return error instanceof StoreError && error.failure.reason === 'not-implemented'
}
