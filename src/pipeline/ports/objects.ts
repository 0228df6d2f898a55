import type { Failure } from './failure.js'
import type { Encryption, Properties } from './object-metadata.js'

/** One object as a listing tells it. A plain record: hot, so the optional fields are those of few objects. */
export interface ObjectEntry {
  readonly key: string
  /** bytes */
  readonly size: number
  /** Without its quotes; empty when the server tells none. */
  readonly etag: string
  /** ms since the epoch; 0 when the server tells none. */
  readonly lastModified: number
  /** Other than STANDARD. */
  readonly storageClass?: string
  /** It lies in an archive, from which it must be restored before it can be read. */
  readonly archived?: true
  /** A file whose time was set, as a download does: a file that was written shows the time of its last change. */
  readonly timeGiven?: true
}

/**
 * Something that a listing comes upon and that is no object: what it can't read, which counts as a failure, or what it skips, which is
 * worth a word. A key that ends with `/` means everything below it, which is unknown.
 */
export type Unlisted =
  | { readonly key: string; readonly failure: Failure }
  | { readonly key: string; readonly notice: { readonly code: string; readonly message: string } }

/** What a listing answers in one request. */
export interface ListPage {
  readonly entries: readonly ObjectEntry[]
  /** In the order of their keys, between those of the entries; all that come before the next page's. */
  readonly unlisted?: readonly Unlisted[]
  /** Hand it back to get the page after this one; absent on the last page. */
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

/** What is stored with the bytes. Header values as the person wrote them (Unicode strings), absent when the object has none. */
export interface ObjectAttributes {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  /** The header as it was sent, not a parsed date: an unparsable one is copied as well. */
  readonly expires?: string
  /** User metadata, names in lower case without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Bytes in flight. A Node `Readable` is one. Whoever holds it must read it to its end or destroy it: an abandoned body holds a socket. */
export interface Body extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown
}

/** Bytes: all of them, or a stream. */
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

/** What a server says of what it has written. */
export interface Written {
  readonly etag: string
  /** Where the bucket keeps versions. */
  readonly versionId?: string
  readonly encryption?: Encryption
  /** The server takes no checksums with a write. */
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
  /** As the server keeps them; composite ones, which depend on part sizes, are left out. */
  readonly checksums: readonly Checksum[]
  /** There is a checksum that was left out. */
  readonly isComposite?: true
  /** How many tags it has, as far as the server returns it; the tags need a request of their own. */
  readonly tagCount: number
}

export interface GetAnswer extends ObjectHead {
  /** Exactly the bytes asked for: the store fails the call, or the iteration, with `TruncatedBody` when the server sends fewer or more. */
  readonly body: Content
  /** bytes that `body` will yield */
  readonly length: number
}

/** Everything that waits takes a signal. Aborting it makes the call reject soon with a {@link StoreError} of code `Aborted` and frees its socket. */
export interface Cancellable {
  readonly signal: AbortSignal
}

export interface ListRequest extends Cancellable {
  readonly bucket: string
  /** Only keys that begin with this; empty for all. */
  readonly prefix: string
  /** Only keys after this one in the server's order (StartAfter); absent for all. Means nothing beside `token`. */
  readonly after?: string
  /** Where to go on: `next` of the page before, from the same bucket and prefix. */
  readonly token?: string
  /** Whether all below a key that ends with `/` may be left out: a directory is not even read then. Others list it all the same. */
  readonly skips?: (directory: string) => boolean
  /** At most this many keys: for questions about one key. */
  readonly limit?: number
}
