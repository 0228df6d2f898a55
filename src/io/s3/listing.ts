import { ListObjectsCommand, ListObjectsV2Command, type _Object } from '@aws-sdk/client-s3'
import type { ListObjectsCommandOutput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import { StoreError } from '../../pipeline/errors.js'
import type { ListPage, ListRequest, ObjectEntry } from '../../pipeline/ports.js'
import type { Calls } from './calls.js'
import { plainEtag } from './etag.js'
import { ownFailure } from './failures.js'

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
    private readonly calls: Calls,
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

  private ask(request: ListRequest, dialect: Dialect): Promise<ListPage> {
    return dialect.version === 2 ? this.second(request, dialect) : this.first(request, dialect)
  }

  private async second(request: ListRequest, { encoded }: Dialect): Promise<ListPage> {
    const { bucket, prefix, after, token, limit, signal } = request
    const command = new ListObjectsV2Command({
      ...common(bucket, prefix, limit, encoded),
      StartAfter: after,
      ContinuationToken: token,
    })
    const answer = await this.calls.ask('ListObjectsV2', bucket, signal, (client, options) => client.send(command, options))
    assertListing('ListObjectsV2', answer)
    const entries = entriesOf('ListObjectsV2', answer.Contents, answer.EncodingType === 'url', prefix)
    if (answer.IsTruncated !== true) return { entries }
    const next = answer.NextContinuationToken
    if (next === undefined || next === '') throw refusal('ListObjectsV2', 'a truncated page without a token to go on with')
    if (next === token) throw malformed('ListObjectsV2', 'a page that names itself as the next')
    return { entries, next }
  }

  private async first(request: ListRequest, { encoded }: Dialect): Promise<ListPage> {
    const { bucket, prefix, after, token, limit, signal } = request
    const marker = token ?? after
    const command = new ListObjectsCommand({ ...common(bucket, prefix, limit, encoded), Marker: marker })
    const answer = await this.calls.ask('ListObjects', bucket, signal, (client, options) => client.send(command, options))
    assertListing('ListObjects', answer)
    const entries = entriesOf('ListObjects', answer.Contents, answer.EncodingType === 'url', prefix)
    if (answer.IsTruncated !== true) return { entries }
    // NextMarker comes only with a delimiter (S3 API reference, ListObjects): the last key is the marker.
    const next = entries.at(-1)?.key
    if (next === undefined || next === marker) throw malformed('ListObjects', 'a truncated page that does not get on')
    return { entries, next }
  }
}

function common(bucket: string, prefix: string, limit: number | undefined, encoded: boolean) {
  return { Bucket: bucket, Prefix: prefix, MaxKeys: limit, EncodingType: encoded ? ('url' as const) : undefined }
}

/** The SDK reads an empty answer, or a well-formed page of HTML, as an empty listing (measured): one that is a listing says of what. */
function assertListing(
  operation: string,
  { Name, IsTruncated, Contents }: ListObjectsV2CommandOutput | ListObjectsCommandOutput,
) {
  if (Name !== undefined || IsTruncated !== undefined || Contents !== undefined) return
  throw new StoreError({ ...malformed(operation, 'something that is no listing').failure, kind: 'transient' })
}

function entriesOf(operation: string, contents: readonly _Object[] | undefined, encoded: boolean, prefix: string): ObjectEntry[] {
  return (contents ?? []).map(({ Key, Size, ETag, LastModified }) => {
    if (Key === undefined || Size === undefined) throw malformed(operation, 'an object without a key or a size')
    const key = encoded ? decoded(operation, Key) : Key
    if (!key.startsWith(prefix)) throw malformed(operation, 'a key that does not begin with the prefix asked for')
    return { key, size: Size, etag: plainEtag(ETag), lastModified: LastModified?.getTime() ?? 0 }
  })
}

/** The SDK leaves the encoding to its caller; it is that of HTML forms. */
function decoded(operation: string, key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    throw malformed(operation, 'a key that is not url-encoded as announced')
  }
}

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
