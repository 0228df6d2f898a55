import { StoreError } from '../../../pipeline/ports/failure.js'
import type { ListPage, ListRequest, ObjectEntry } from '../../../pipeline/ports/objects.js'
import { withReason } from '../../failure-reasons.js'
import type { Requests } from '../http/s3-client.js'
import { queryOf } from '../http/sigv4.js'
import { ClaimedEncoding } from './claimed-encoding.js'
import type { OnNotice } from './notice.js'
import type { OptionalHeader } from './optional-header.js'
import { type Dialect, LISTING_DIALECTS } from '../quirks.js'
import { type ScannedPage, scanPage } from '../xml/list-objects-xml.js'
import { decodedEntries, isUnknownToServer, LONGEST_PAGE, malformed, readPage, restoredToo } from './list-page.js'

/** Listings of one store. It finds the server's dialect at the first refusal and keeps it. */
export class Listings {
  private dialect = 0
  private readonly encoding = new ClaimedEncoding()
  private readonly restored: OptionalHeader

  constructor(
    private readonly requests: Requests,
    private readonly onNotice: OnNotice,
  ) {
    this.restored = restoredToo(onNotice)
  }

  /** One page; see {@link ObjectStore.listPage}. */
  async page(request: ListRequest): Promise<ListPage> {
    for (let tried = this.dialect; ; tried++) {
      const dialect = LISTING_DIALECTS[tried]
      if (dialect === undefined) throw new Error('a dialect beyond the last')
      try {
        const page = await this.ask(request, dialect)
        this.settle(tried, dialect)
        return page
      } catch (error) {
        // Within a listing, the token belongs to the dialect: a refusal then has another cause.
        if (request.token !== undefined || tried + 1 === LISTING_DIALECTS.length || !isUnknownToServer(error)) throw error
      }
    }
  }

  private settle(tried: number, dialect: Dialect): void {
    if (tried === this.dialect) return
    this.dialect = tried
    if (dialect.notice !== undefined) this.onNotice(dialect.notice.code, dialect.notice.message)
  }

  private async ask(request: ListRequest, dialect: Dialect): Promise<ListPage> {
    const { prefix, after, token } = request
    const operation = operationOf(dialect)
    const page = await this.read(request, dialect)
    const encoded = await this.encoding.holds(page, () => this.read(request, { ...dialect, encoded: false }))
    const entries = checked(operation, { ...page, encoded }, prefix)
    if (!page.truncated) return { entries }
    return {
      entries,
      next: dialect.version === 2 ? following(operation, page, token) : marked(operation, entries, token ?? after),
    }
  }

  private async read({ bucket, prefix, after, token, limit, signal }: ListRequest, dialect: Dialect): Promise<ScannedPage> {
    const operation = operationOf(dialect)
    const common = { prefix, 'max-keys': limit, 'encoding-type': dialect.encoded ? 'url' : undefined }
    const place =
      dialect.version === 2 ? { 'list-type': 2, 'start-after': after, 'continuation-token': token } : { marker: token ?? after }
    const query = queryOf({ ...common, ...place })
    const asked = { operation, method: 'GET', bucket, query, signal, gather: LONGEST_PAGE } as const
    const { content } = await this.restored.send((headers) => this.requests.send({ ...asked, headers }))
    return readPage(operation, content, scanPage)
  }
}

const operationOf = ({ version }: Dialect): string => (version === 2 ? 'ListObjectsV2' : 'ListObjects')

/**
 * The entries of a page with their keys decoded. A page with fewer entries than its KeyCount lost some; a KeyCount that is too low says
 * nothing, as some servers always send 0.
 */
function checked(operation: string, { entries, encoded, count }: ScannedPage, prefix: string): readonly ObjectEntry[] {
  if (count !== undefined && count > entries.length) {
    throw new StoreError({
      ...malformed(operation, `${entries.length} objects that it counts as ${count}`).failure,
      kind: 'transient',
    })
  }
  return decodedEntries(operation, entries, encoded, prefix)
}

/** The token of the next page. */
function following(operation: string, { token: next }: ScannedPage, token: string | undefined): string {
  if (next === undefined || next === '') throw refusal(operation, 'a truncated page without a token for the next')
  if (next === token) throw malformed(operation, 'a page that names itself as the next')
  return next
}

/** NextMarker comes only with a delimiter (S3 API reference, ListObjects), so the last key is the marker. */
function marked(operation: string, entries: readonly ObjectEntry[], marker: string | undefined): string {
  const next = entries.at(-1)?.key
  if (next === undefined || next === marker) throw malformed(operation, 'a truncated page that does not get on')
  return next
}

/** The server ignored the dialect of the request. */
function refusal(operation: string, what: string): StoreError {
  return new StoreError(withReason({ ...malformed(operation, what).failure, status: 501 }))
}
