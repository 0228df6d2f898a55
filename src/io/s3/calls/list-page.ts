import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Content, ObjectEntry } from '../../../pipeline/ports/objects.js'
import { ownFailure } from '../answers/failure-kinds.js'
import { UNKNOWN_TO_SERVER } from '../quirks.js'
import { MalformedXml } from '../xml/scanner.js'
import { OptionalHeader } from './optional-header.js'
import type { OnNotice } from './notice.js'

/** Asks which archived objects are temporarily restored (S3 API reference, ListObjectsV2); most other servers ignore it. */
export function restoredToo(onNotice: OnNotice): OptionalHeader {
  const lost = 'listings do not tell which archived objects are restored'
  return new OptionalHeader('x-amz-optional-object-attributes', 'RestoreStatus', lost, onNotice)
}

/** Longest page, bytes: 1 000 keys of 1 024 bytes, all percent-encoded, are shorter. */
export const LONGEST_PAGE = 16 * 2 ** 20

/** Parses a page with `scan`. @throws {StoreError} when it is malformed */
export async function readPage<P>(operation: string, content: Content, scan: (xml: string) => P): Promise<P> {
  const text = await textOf(content)
  try {
    return scan(text)
  } catch (error) {
    if (!(error instanceof MalformedXml)) throw error
    // A page that was cut, or replaced by something between this tool and the server, may be complete at the next attempt.
    throw new StoreError({ ...malformed(operation, error.message).failure, kind: 'transient' }, { cause: error })
  }
}

/** An answer without a length arrives in pieces. */
async function textOf(content: Content): Promise<string> {
  if (content instanceof Uint8Array) return Buffer.from(content.buffer, content.byteOffset, content.length).toString()
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** The entries with their keys decoded. Fails unless all keys begin with the requested prefix. */
export function decodedEntries<E extends ObjectEntry>(
  operation: string,
  entries: readonly E[],
  encoded: boolean,
  prefix: string,
): readonly E[] {
  const decoded = encoded ? entries.map((entry) => decodedEntry(operation, entry)) : entries
  if (prefix !== '' && !decoded.every(({ key }) => key.startsWith(prefix))) {
    throw malformed(operation, 'a key that does not begin with the prefix asked for')
  }
  return decoded
}

function decodedEntry<E extends ObjectEntry>(operation: string, entry: E): E {
  const key = decodedKey(operation, entry.key)
  return key === entry.key ? entry : { ...entry, key }
}

/** Decodes a key from the encoding of HTML forms. Most keys contain nothing to decode. */
export function decodedKey(operation: string, key: string): string {
  if (!ENCODED.test(key)) return key
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    throw malformed(operation, 'a key that is not url-encoded as announced')
  }
}
const ENCODED = /[%+]/

export function malformed(operation: string, what: string): StoreError {
  return new StoreError(ownFailure(operation, 'MalformedListing', `the server answered with ${what}`, 'permanent'))
}

/** Whether a server refuses a request because it does not know an option or operation. */
export function isUnknownToServer(error: unknown): boolean {
  if (!(error instanceof StoreError)) return false
  const { code, status } = error.failure
  return UNKNOWN_TO_SERVER.has(code) || status === 501 || status === 405
}
