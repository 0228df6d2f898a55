import { versionsOf } from '../ports/absent-facets.js'
import { StoreError } from '../ports/failure.js'
import type { ObjectStore } from '../ports/object-store.js'
import type { ListRequest } from '../ports/objects.js'
import type { VersionPage } from '../ports/store-facets.js'

/** Wraps a source without version support that keeps no versions: each object is its own only version. */
export function singleVersions(source: ObjectStore): ObjectStore {
  const versions = versionsOf(source)
  const listVersions = async (request: ListRequest): Promise<VersionPage> => {
    try {
      return await versions.listVersions(request)
    } catch (error) {
      if (!isUnknown(error) || (await versions.versioning(request)) !== 'none') throw error
      const { entries, ...rest } = await source.listPage(request)
      return { entries: entries.map((entry) => ({ ...entry, versionId: 'null', isMarker: false, isLatest: true })), ...rest }
    }
  }
  return { ...source, versions: { ...versions, listVersions } }
}

/** Whether a server does not support a request. */
export function isUnknown(error: unknown): error is StoreError {
  return error instanceof StoreError && error.failure.reason === 'not-implemented'
}
