import { StoreError } from '../../../pipeline/ports/failure.js'
import type { ListRequest } from '../../../pipeline/ports/objects.js'
import type { ObjectVersions, VersionEntry, VersionPage } from '../../../pipeline/ports/store-facets.js'
import { headerOf } from '../answers/answer.js'
import { ownFailure } from '../answers/failure-kinds.js'
import type { Requests } from '../http/s3-client.js'
import { queryOf } from '../http/sigv4.js'
import { type ScannedVersions, scanVersions } from '../xml/list-versions-xml.js'
import { rootOf } from '../xml/scanner.js'
import { decodedEntries, decodedKey, isUnknownToServer, LONGEST_PAGE, malformed, readPage, restoredToo } from './list-page.js'
import type { OnNotice } from './notice.js'
import { inOrder } from './version-order.js'

const OPERATION = 'ListObjectVersions'
/** Longest answer without content, bytes. */
const SHORT = 64 * 1024

/** Listing versions, and deleting so that a marker remains; see {@link ObjectVersions}. */
export function versionCalls(requests: Requests, onNotice: OnNotice): Pick<ObjectVersions, 'listVersions' | 'putMarker'> {
  let isEncoded = true
  const restored = restoredToo(onNotice)

  async function ask(request: ListRequest, encoded: boolean): Promise<VersionPage> {
    const { bucket, prefix, after, token, limit, signal } = request
    const [keyMarker, versionMarker] = token === undefined ? [after, undefined] : markersIn(token)
    const query = queryOf({
      ...{ versions: '', prefix, 'max-keys': limit, 'encoding-type': encoded ? 'url' : undefined },
      ...{ 'key-marker': keyMarker, 'version-id-marker': versionMarker },
    })
    const asked = { operation: OPERATION, method: 'GET', bucket, query, signal, gather: LONGEST_PAGE } as const
    const { content } = await restored.send((headers) => requests.send({ ...asked, headers }))
    const page = await readPage(OPERATION, content, scanned)
    const entries = decodedEntries(OPERATION, page.entries, page.encoded, prefix)
    return { entries, ...following(page, token) }
  }

  async function inDialect(request: ListRequest): Promise<VersionPage> {
    if (!isEncoded) return ask(request, false)
    try {
      return await ask(request, true)
    } catch (error) {
      if (request.token !== undefined || !isUnknownToServer(error)) throw error
      const page = await ask(request, false)
      isEncoded = false
      return page
    }
  }

  /** The versions of one key, each requested separately, so the server determines their order. */
  async function oneByOne({ bucket, signal }: ListRequest, key: string): Promise<readonly VersionEntry[]> {
    const versions: VersionEntry[] = []
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const question = { bucket, prefix: key, limit: 1, signal, ...(token === undefined ? {} : { token }) }
      const { entries, next }: VersionPage = await inDialect(question)
      const own = entries.filter((entry) => entry.key === key)
      versions.push(...own)
      token = own.length === entries.length ? next : undefined
    }
    return versions
  }

  return {
    async listVersions(request) {
      const { entries, ...rest } = await inDialect(request)
      const { after } = request
      const ordered = await inOrder(entries, (key) => oneByOne(request, key))
      // A page after a key contains no versions of that key (S3 API reference, key-marker); moto still lists some.
      return { entries: after === undefined ? ordered : ordered.filter(({ key }) => key !== after), ...rest }
    },

    async putMarker({ bucket, key, signal }) {
      const { headers } = await requests.send({ operation: 'DeleteObject', method: 'DELETE', bucket, key, signal, gather: SHORT })
      const versionId = headerOf(headers, 'x-amz-version-id')
      return versionId === undefined ? {} : { versionId }
    },
  }
}

/** Servers without versions ignore the parameter and list objects. */
function scanned(xml: string): ScannedVersions {
  if (rootOf(xml) !== 'ListBucketResult') return scanVersions(xml)
  throw new StoreError(ownFailure(OPERATION, 'NotImplemented', 'the server lists no versions', 'permanent'))
}

/** The token of the next page. A version id contains no line end, a key may. */
function following(page: ScannedVersions, token: string | undefined): Pick<VersionPage, 'next'> {
  const { truncated, encoded, nextKey, nextVersion = '' } = page
  if (!truncated) return {}
  if (nextKey === undefined || nextKey === '') throw malformed(OPERATION, 'a truncated page without a marker for the next')
  const next = `${nextVersion}\n${encoded ? decodedKey(OPERATION, nextKey) : nextKey}`
  if (next === token) throw malformed(OPERATION, 'a page that names itself as the next')
  return { next }
}

function markersIn(token: string): readonly [key: string, version: string | undefined] {
  const at = token.indexOf('\n')
  return [token.slice(at + 1), at === 0 ? undefined : token.slice(0, at)]
}
