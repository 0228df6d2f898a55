import type { MetadataCalls } from '../../../pipeline/ports/store-facets.js'
import type { Requests } from '../http/s3-client.js'
import { queryOf } from '../http/sigv4.js'
import { elementsIn, readXml, textIn } from '../xml/read-xml.js'

/** Longest answer, bytes: ten tags of 128 and 256 characters (Amazon S3 user guide, "Object tagging"), escaped. */
const TAGS = 64 * 1024

/** Reading the tags of objects; see {@link MetadataCalls}. */
export function tagCalls(requests: Requests): Pick<MetadataCalls, 'tags'> {
  return {
    async tags({ bucket, key, versionId, signal }) {
      const query = queryOf({ tagging: '', versionId })
      const asked = { operation: 'GetObjectTagging', method: 'GET', bucket, key, query, signal, gather: TAGS } as const
      const { content } = await requests.send(asked)
      const tags = elementsIn(content instanceof Uint8Array ? readXml(content) : undefined, 'Tag')
      return Object.fromEntries(tags.map((tag) => [textIn(tag, 'Key') ?? '', textIn(tag, 'Value') ?? '']))
    },
  }
}
