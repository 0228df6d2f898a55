import { createHash } from 'node:crypto'
import type { Oracle } from '../support/servers.js'

/** What the plain SDK says of an object: the hash of its bytes, its headers and metadata; or why it cannot be read. */
export type Content = Readonly<Record<string, string | undefined>>

/** All objects of a bucket by the plain SDK's word. */
export async function contentsOf(oracle: Oracle, bucket: string): Promise<ReadonlyMap<string, Content>> {
  const contents = new Map<string, Content>()
  for (const key of await oracle.keys(bucket)) contents.set(key, await contentOf(oracle, bucket, key))
  return contents
}

async function contentOf(oracle: Oracle, bucket: string, key: string): Promise<Content> {
  try {
    const { bytes, Metadata, ContentType, CacheControl, ContentDisposition, ContentLanguage, ContentEncoding } = await oracle.get(
      bucket,
      key,
    )
    const metadata = Object.entries(Metadata ?? {}).sort()
    return {
      bytes: `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`,
      ...{ ContentType, CacheControl, ContentDisposition, ContentLanguage, ContentEncoding },
      metadata: JSON.stringify(metadata),
    }
  } catch (error) {
    return { unreadable: error instanceof Error ? error.name : String(error) }
  }
}

/** What differs between two objects. */
export function differences(here: Content, there: Content): readonly string[] {
  return [...new Set([...Object.keys(here), ...Object.keys(there)])].filter((name) => here[name] !== there[name]).sort()
}
