import type { MetadataCalls } from '../../../pipeline/ports/store-facets.js'
import { elementOf } from '../answers/error-response.js'
import type { Requests } from '../http/s3-client.js'
import { queryOf } from '../http/sigv4.js'

/** Ten tags of 128 and 256 characters (Amazon S3 user guide, "Object tagging"), escaped. */
const TAGS = 64 * 1024

/** Reading the tags of objects; see {@link MetadataCalls}. */
export function tagCalls(requests: Requests): Pick<MetadataCalls, 'tags'> {
  return {
    async tags({ bucket, key, versionId, signal }) {
      const query = queryOf({ tagging: '', versionId })
      const asked = { operation: 'GetObjectTagging', method: 'GET', bucket, key, query, signal, gather: TAGS } as const
      const { content } = await requests.send(asked)
      const xml = content instanceof Uint8Array ? Buffer.from(content).toString() : ''
      const tags = [...xml.matchAll(/<Tag(?:\s[^>]*)?>(.*?)<\/Tag>/gs)]
      return Object.fromEntries(tags.map(([, tag = '']) => [elementOf(tag, 'Key') ?? '', elementOf(tag, 'Value') ?? '']))
    },
  }
}
