import type { Failure } from './failure.js'
import type { Encryption, Properties } from './object-metadata.js'

/** One object of a listing. A plain record on the hot path: only few objects have the optional fields. */
export interface ObjectEntry {
  readonly key: string
  /** bytes */
  readonly size: number
  /** Without quotes; empty if the server reports none. */
  readonly etag: string
  /** ms since the epoch; 0 if the server reports none. */
  readonly lastModified: number
  /** Other than STANDARD. */
  readonly storageClass?: string
  /** It is archived: it must be restored before it can be read. */
  readonly archived?: true
  /** A file whose modification time was set, e.g. by a download. After a write, a file shows the time of that write. */
  readonly timeGiven?: true
}

/**
 * Something that a listing finds and that is not an object: an unreadable item, which counts as a failure, or a skipped item, which is
 * reported by a notice. A key that ends with `/` means everything below it, whose content is unknown.
 */
export type Unlisted =
  | { readonly key: string; readonly failure: Failure }
  | { readonly key: string; readonly notice: { readonly code: string; readonly message: string } }

/** The answer to one listing request. */
export interface ListPage {
  readonly entries: readonly ObjectEntry[]
  /** Ordered by key, between the keys of the entries; all of them sort before the next page. */
  readonly unlisted?: readonly Unlisted[]
  /** Pass it as `token` to get the next page; absent on the last page. */
  readonly next?: string
}

export interface ObjectRef {
  readonly bucket: string
  readonly key: string
}

/** An object, or an older version of it. */
export interface VersionRef extends ObjectRef {
  readonly versionId?: string | undefined
}

/** Metadata stored with the bytes. Header values as the user wrote them (Unicode strings); absent if the object has none. */
export interface ObjectAttributes {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  /** The header as sent, not a parsed date: invalid dates are copied as well. */
  readonly expires?: string
  /** User metadata, names in lower case without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
}

/** A stream of bytes, e.g. a Node `Readable`. The owner must read it to the end or destroy it: an abandoned body keeps a socket open. */
export interface Body extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown
}

/** The content: all bytes, or a stream. */
export type Content = Uint8Array | Body

/** A checksum over a whole object, base64. */
export interface Checksum {
  readonly algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'
  readonly value: string
}

/** Half-open byte range `[start, end)`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** The server's answer to a write. */
export interface Written {
  readonly etag: string
  /** Present if the bucket keeps versions. */
  readonly versionId?: string
  readonly encryption?: Encryption
  /** The checksums of the whole object that the server computed or checked, if its answer has any. */
  readonly checksums?: readonly Checksum[]
  /** The server does not accept checksums with a write. */
  readonly refusesChecksums?: true
}

export interface ObjectHead {
  readonly size: number
  readonly etag: string
  readonly lastModified: number
  /** As in {@link ObjectEntry}. */
  readonly timeGiven?: true
  readonly attributes: ObjectAttributes
  readonly properties: Properties
  /** As the server keeps them; composite checksums, which depend on part sizes, are omitted. */
  readonly checksums: readonly Checksum[]
  /** A composite checksum was omitted. */
  readonly isComposite?: true
  /** Number of tags, if the server reports it; reading the tags needs another request. */
  readonly tagCount: number
}

export interface GetAnswer extends ObjectHead {
  /** Exactly the requested bytes: if the server sends fewer or more, the call or the iteration fails with `TruncatedBody`. */
  readonly body: Content
  /** bytes that `body` will yield */
  readonly length: number
}

/**
 * Every call that waits takes a signal. Aborting it makes the call reject soon with a {@link StoreError} of code `Aborted` and frees its
 * socket.
 */
export interface Cancellable {
  readonly signal: AbortSignal
}

export interface ListRequest extends Cancellable {
  readonly bucket: string
  /** Only keys that begin with this; empty for all. */
  readonly prefix: string
  /** Only keys after this one in the server's order (StartAfter); absent for all. Ignored with `token`. */
  readonly after?: string
  /** Where to continue: `next` of the previous page, from the same bucket and prefix. */
  readonly token?: string
  /**
   * Whether everything below a key that ends with `/` may be omitted. A directory listing then does not read it; other stores list it
   * anyway.
   */
  readonly skips?: (directory: string) => boolean
  /** Maximum number of keys, for queries about one key. */
  readonly limit?: number
}
