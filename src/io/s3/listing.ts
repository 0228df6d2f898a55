import { StoreError } from '../../pipeline/errors.js'
import type { Content, ListPage, ListRequest, ObjectEntry } from '../../pipeline/ports.js'
import { ownFailure } from './failures.js'
import type { Requests } from './requests.js'
import { NotAListing, type ScannedPage, scanPage } from './scan-page.js'
import { type Headers, queryOf } from './signer.js'

/** Tells a person once about something the server does without. */
export type OnNotice = (code: string, message: string) => void

/** A way to ask for a page. */
interface Dialect {
  readonly version: 1 | 2
  /** Keys may hold characters that XML can't: url-encoded they arrive all the same. */
  readonly encoded: boolean
  readonly notice?: { readonly code: string; readonly message: string }
}

/** From the best to the plainest (knowledge of older Ceph and of DigitalOcean Spaces). */
const DIALECTS: readonly Dialect[] = [
  { version: 2, encoded: true },
  {
    version: 2,
    encoded: false,
    notice: {
      code: 'NoUrlEncoding',
      message: 'The server refuses url-encoded listings; keys with control characters may not be listed.',
    },
  },
  {
    version: 1,
    encoded: true,
    notice: { code: 'ListObjectsV1', message: 'The server does not know ListObjectsV2; the older ListObjects is used.' },
  },
  {
    version: 1,
    encoded: false,
    notice: { code: 'ListObjectsV1', message: 'The server knows only the older ListObjects without url-encoding; that is used.' },
  },
]

/** Codes and statuses by which servers refuse an option or an operation they don't know. */
const REFUSALS = new Set([
  'InvalidArgument',
  'InvalidRequest',
  'MalformedXML',
  'MethodNotAllowed',
  'NotImplemented',
  'XNotImplemented',
  'BadRequest',
])

/** Listings of one store. Finds the dialect the server speaks at the first refusal and keeps to it (design.md, decision 14). */
export class Listings {
  private dialect = 0

  constructor(
    private readonly requests: Requests,
    private readonly onNotice: OnNotice,
  ) {}

  /** One page; see {@link ObjectStore.listPage}. */
  async page(request: ListRequest): Promise<ListPage> {
    for (let tried = this.dialect; ; tried++) {
      const dialect = DIALECTS[tried]
      if (dialect === undefined) throw new Error('a dialect beyond the last')
      try {
        const page = await this.ask(request, dialect)
        this.settle(tried, dialect)
        return page
      } catch (error) {
        // In the middle of a listing the token belongs to the dialect: a refusal there is no question of language.
        if (request.token !== undefined || tried + 1 === DIALECTS.length || !isRefusal(error)) throw error
      }
    }
  }

  private settle(tried: number, dialect: Dialect): void {
    if (tried === this.dialect) return
    this.dialect = tried
    if (dialect.notice !== undefined) this.onNotice(dialect.notice.code, dialect.notice.message)
  }

  private async ask(request: ListRequest, dialect: Dialect): Promise<ListPage> {
    const { bucket, prefix, after, token, limit, signal } = request
    const operation = dialect.version === 2 ? 'ListObjectsV2' : 'ListObjects'
    const common = { prefix, 'max-keys': limit, 'encoding-type': dialect.encoded ? 'url' : undefined }
    const place =
      dialect.version === 2 ? { 'list-type': 2, 'start-after': after, 'continuation-token': token } : { marker: token ?? after }
    const query = queryOf({ ...common, ...place })
    const { content } = await this.requests.send({
      operation,
      method: 'GET',
      bucket,
      query,
      headers: RESTORED_TOO,
      signal,
      gather: LONGEST_PAGE,
    })
    const page = await read(operation, content)
    const entries = checked(operation, page, prefix)
    if (!page.truncated) return { entries }
    return { entries, next: dialect.version === 2 ? following(operation, page, token) : marked(operation, entries, place.marker) }
  }
}

/** Asks which archived objects can be read for now (S3 API reference, ListObjectsV2); others pass it over. */
const RESTORED_TOO: Headers = ['x-amz-optional-object-attributes', 'RestoreStatus']

/** A page of 1 000 keys of 1 024 bytes, all percent-encoded, has less. bytes */
const LONGEST_PAGE = 16 * 2 ** 20

async function read(operation: string, content: Content): Promise<ScannedPage> {
  const text = await textOf(content)
  try {
    return scanPage(text)
  } catch (error) {
    if (!(error instanceof NotAListing)) throw error
    // A page that is cut, or was put there by something between us and the server, may be whole the next time.
    throw new StoreError({ ...malformed(operation, error.message).failure, kind: 'transient' }, { cause: error })
  }
}

/** Without a length, an answer comes piece by piece. */
async function textOf(content: Content): Promise<string> {
  if (content instanceof Uint8Array) return Buffer.from(content.buffer, content.byteOffset, content.length).toString()
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** The entries of a page with their keys decoded. */
function checked(operation: string, { entries, encoded, count }: ScannedPage, prefix: string): readonly ObjectEntry[] {
  if (count !== undefined && count !== entries.length) {
    throw new StoreError({
      ...malformed(operation, `${entries.length} objects that it counts as ${count}`).failure,
      kind: 'transient',
    })
  }
  const decoded = encoded ? entries.map((entry) => decodedEntry(operation, entry)) : entries
  if (prefix !== '' && !decoded.every(({ key }) => key.startsWith(prefix))) {
    throw malformed(operation, 'a key that does not begin with the prefix asked for')
  }
  return decoded
}

/** The token of the next page. */
function following(operation: string, { token: next }: ScannedPage, token: string | undefined): string {
  if (next === undefined || next === '') throw refusal(operation, 'a truncated page without a token to go on with')
  if (next === token) throw malformed(operation, 'a page that names itself as the next')
  return next
}

/** NextMarker comes only with a delimiter (S3 API reference, ListObjects): the last key is the marker. */
function marked(operation: string, entries: readonly ObjectEntry[], marker: string | undefined): string {
  const next = entries.at(-1)?.key
  if (next === undefined || next === marker) throw malformed(operation, 'a truncated page that does not get on')
  return next
}

/** The encoding is that of HTML forms. Most keys have nothing to decode. */
function decodedEntry(operation: string, entry: ObjectEntry): ObjectEntry {
  if (!ENCODED.test(entry.key)) return entry
  try {
    return { ...entry, key: decodeURIComponent(entry.key.replaceAll('+', ' ')) }
  } catch {
    throw malformed(operation, 'a key that is not url-encoded as announced')
  }
}
const ENCODED = /[%+]/

function malformed(operation: string, what: string): StoreError {
  return new StoreError(ownFailure(operation, 'MalformedListing', `the server answered with ${what}`, 'permanent'))
}

/** An answer in a language that was not asked in. */
function refusal(operation: string, what: string): StoreError {
  return new StoreError({ ...malformed(operation, what).failure, status: 501 })
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof StoreError)) return false
  const { code, status } = error.failure
  return REFUSALS.has(code) || status === 501 || status === 405
}
