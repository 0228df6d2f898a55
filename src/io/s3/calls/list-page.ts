import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Content, ObjectEntry } from '../../../pipeline/ports/objects.js'
import { ownFailure } from '../answers/failure-kinds.js'
import { UNKNOWN_TO_SERVER } from '../quirks.js'
import { MalformedXml } from '../xml/scanner.js'
import type { Headers } from '../http/sigv4.js'

/** Asks which archived objects can be read for now (S3 API reference, ListObjectsV2); others pass it over. */
export const RESTORED_TOO: Headers = ['x-amz-optional-object-attributes', 'RestoreStatus']

/** A page of 1 000 keys of 1 024 bytes, all percent-encoded, has less. bytes */
export const LONGEST_PAGE = 16 * 2 ** 20

/** A page as `scan` reads it. @throws {StoreError} where it is none */
export async function readPage<P>(operation: string, content: Content, scan: (xml: string) => P): Promise<P> {
  const text = await textOf(content)
  try {
    return scan(text)
  } catch (error) {
    if (!(error instanceof MalformedXml)) throw error
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

/** The same entries with their keys decoded, which all begin with the prefix asked for. */
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

/** The encoding is that of HTML forms. Most keys have nothing to decode. */
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

/** Whether a server refuses what it was asked as something that it doesn't know. */
export function isUnknownToServer(error: unknown): boolean {
  if (!(error instanceof StoreError)) return false
  const { code, status } = error.failure
  return UNKNOWN_TO_SERVER.has(code) || status === 501 || status === 405
}
