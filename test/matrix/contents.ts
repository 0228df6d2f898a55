import { GetObjectTaggingCommand } from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Oracle } from '../support/servers.js'

/** What the plain SDK says of an object: the hash of its bytes, its headers, metadata and tags; or why it cannot be read. */
export type Content = Readonly<Record<string, string | undefined>>

/** What servers tell of an object without a type; they mean the same (RFC 9110, section 8.3). */
const NO_TYPES: ReadonlySet<string | undefined> = new Set([undefined, 'application/octet-stream', 'binary/octet-stream'])

/** All objects of a bucket by the plain SDK's word. */
export async function contentsOf(oracle: Oracle, bucket: string): Promise<ReadonlyMap<string, Content>> {
  const contents = new Map<string, Content>()
  for (const key of await oracle.keys(bucket)) contents.set(key, await contentOf(oracle, bucket, key))
  return contents
}

async function contentOf(oracle: Oracle, bucket: string, key: string): Promise<Content> {
  try {
    const { bytes, Metadata, ContentType, CacheControl, ContentDisposition, ContentLanguage, ContentEncoding, ExpiresString } =
      await oracle.get(bucket, key)
    return {
      bytes: `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`,
      ContentType: NO_TYPES.has(ContentType) ? undefined : ContentType,
      ...{ CacheControl, ContentDisposition, ContentLanguage, ContentEncoding, Expires: ExpiresString },
      metadata: JSON.stringify(Object.entries(Metadata ?? {}).sort()),
      tags: JSON.stringify(await tagsOf(oracle, bucket, key)),
    }
  } catch (error) {
    return { unreadable: error instanceof Error ? error.name : String(error) }
  }
}

/** None where the server knows no tags. */
async function tagsOf(oracle: Oracle, bucket: string, key: string): Promise<readonly string[]> {
  const asked = oracle.client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key }))
  const { TagSet = [] } = await asked.catch(() => ({ TagSet: [] }))
  return TagSet.map(({ Key, Value }) => `${Key}=${Value}`).sort()
}

/** The property of a loss in the summary, by what differs; the summary reports neither bytes nor the type as lost. */
const PROPERTIES: Readonly<Record<string, string>> = {
  metadata: 'metadata',
  tags: 'tags',
  ...{ CacheControl: 'headers', ContentDisposition: 'headers', ContentLanguage: 'headers', ContentEncoding: 'headers' },
  Expires: 'headers',
}

/** What differs between two objects, except for the properties that are reported as lost. */
export function differences(here: Content, there: Content, lost: readonly string[]): readonly string[] {
  const names = [...new Set([...Object.keys(here), ...Object.keys(there)])].sort()
  return names.filter((name) => here[name] !== there[name] && !lost.includes(PROPERTIES[name] ?? ''))
}

/** The keys that a server with a file system may make of a key. */
export function foldedFrom(key: string): readonly string[] {
  return [key, key.replaceAll('\\', '/')].map((name) => posix.normalize(name).replace(/^(\.*\/)*/, ''))
}
