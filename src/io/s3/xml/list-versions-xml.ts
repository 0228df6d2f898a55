import type { VersionEntry } from '../../../pipeline/ports/store-facets.js'
import { isRestored, STANDARD_CLASS, tierOf } from './list-objects-xml.js'
import { flagOf, MalformedXml, numberOf, Scanner, timeOf } from './scanner.js'

/** A parsed page of ListObjectVersions; keys and markers are still encoded if `encoded` is set. */
export interface ScannedVersions {
  /** In the order of the text. */
  readonly entries: readonly VersionEntry[]
  readonly encoded: boolean
  readonly truncated: boolean
  readonly nextKey: string | undefined
  readonly nextVersion: string | undefined
}

/**
 * Parses a page of versions as strictly as {@link scanPage} parses one of objects.
 * @throws {MalformedXml}
 */
export function scanVersions(xml: string): ScannedVersions {
  const scanner = new Scanner(xml)
  scanner.prolog()
  const root = scanner.open()
  if (root !== ROOT) throw new MalformedXml('something that is no listing of versions')
  const entries: VersionEntry[] = []
  const fields: Record<string, string> = {}
  while (!scanner.closes(ROOT)) {
    const name = scanner.open()
    if (name === 'Version' || name === 'DeleteMarker') entries.push(versionAt(scanner, name))
    else if (FIELDS.has(name)) fields[name] = scanner.text(name)
    else scanner.skip(name)
  }
  scanner.end()
  return {
    entries,
    encoded: fields['EncodingType'] === 'url',
    truncated: flagOf(fields['IsTruncated']),
    nextKey: fields['NextKeyMarker'],
    nextVersion: fields['NextVersionIdMarker'],
  }
}

const ROOT = 'ListVersionsResult'
const FIELDS: ReadonlySet<string> = new Set(['IsTruncated', 'NextKeyMarker', 'NextVersionIdMarker', 'EncodingType'])

function versionAt(scanner: Scanner, element: 'Version' | 'DeleteMarker'): VersionEntry {
  const isMarker = element === 'DeleteMarker'
  let [key, versionId, etag, size] = ['', '', '', isMarker ? 0 : -1]
  let [lastModified, storageClass, restored, isLatest] = [0, STANDARD_CLASS, false, false]
  while (!scanner.closes(element)) {
    const name = scanner.open()
    if (name === 'Key') key = scanner.text(name)
    else if (name === 'VersionId') versionId = scanner.text(name)
    else if (name === 'IsLatest') isLatest = flagOf(scanner.text(name))
    else if (name === 'LastModified') lastModified = timeOf(scanner.text(name))
    else if (name === 'RestoreStatus') restored = isRestored(scanner)
    else if (isMarker) scanner.skip(name)
    else if (name === 'Size') size = numberOf(scanner.text(name))
    else if (name === 'ETag') etag = scanner.etag()
    else if (name === 'StorageClass') storageClass = scanner.text(name)
    else scanner.skip(name)
  }
  if (key === '' || size < 0) throw new MalformedXml('a version without a key or a size')
  if (versionId === '') throw new MalformedXml('a version without an id')
  return { key, versionId, size, etag, lastModified, isMarker, isLatest, ...tierOf(storageClass, restored) }
}
