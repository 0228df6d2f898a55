import type { ServerSideCopies } from '../../../pipeline/ports/store-facets.js'
import type { VersionRef } from '../../../pipeline/ports/objects.js'
import { lateAnswer } from '../answers/error-response.js'
import type { Requests } from '../http/s3-client.js'
import { encodePart, encodePath, queryOf } from '../http/sigv4.js'
import { textIn } from '../xml/read-xml.js'
import { headersOf } from './attributes.js'
import { writtenEtag } from './etag.js'
import type { KeyCheck } from './key-normalization-check.js'
import { extrasHeaders } from './metadata-headers.js'
import { asChanged, bytesOf, writtenOf } from './objects.js'
import type { CustomerKeys } from './sse-c-key.js'

/** Timeout, ms: the answer comes when the copy is complete, which takes minutes for 5 GB. */
const PATIENCE = 10 * 60_000
/** Longest answer about a copy, bytes. */
const SHORT = 64 * 1024

/** Copying on the server, without transferring the bytes through this machine; see {@link ServerSideCopies}. */
export function serverSideCalls(requests: Requests, checkKey: KeyCheck, { own, source }: CustomerKeys): ServerSideCopies {
  const keys = [...(source?.ofSource ?? []), ...(own?.headers ?? [])]
  return {
    async copy({ bucket, key, from, ifMatch, attributes, extras, signal }) {
      const operation = 'CopyObject'
      const tagging = extras?.tags === undefined ? [] : ['x-amz-tagging-directive', 'REPLACE']
      const told = attributes === undefined ? [] : ['x-amz-metadata-directive', 'REPLACE', ...headersOf(attributes)]
      const headers = [...sourceOf(from, ifMatch), ...told, ...extrasHeaders(extras), ...tagging, ...keys]
      await checkKey.before({ bucket, key, signal })
      const asked = { operation, method: 'PUT', bucket, key, headers, signal } as const
      const answer = await requests.send({ ...asked, gather: SHORT, waitMs: PATIENCE }).catch(asChanged)
      const etag = writtenEtag(operation, textIn(lateAnswer(operation, answer), 'ETag'))
      await checkKey.after({ bucket, key, signal })
      return writtenOf(answer.headers, etag)
    },

    async copyPart({ bucket, key, uploadId, number, from, ifMatch, range, signal }) {
      const operation = 'UploadPartCopy'
      const query = queryOf({ partNumber: number, uploadId })
      const headers = [...sourceOf(from, ifMatch), 'x-amz-copy-source-range', bytesOf(range), ...keys]
      const asked = { operation, method: 'PUT', bucket, key, query, headers, signal, gather: SHORT, waitMs: PATIENCE } as const
      const answer = await requests.send(asked).catch(asChanged)
      return { number, etag: writtenEtag(operation, textIn(lateAnswer(operation, answer), 'ETag')) }
    },
  }
}

function sourceOf({ bucket, key, versionId }: VersionRef, ifMatch: string | undefined): string[] {
  const version = versionId === undefined ? '' : `?versionId=${encodePart(versionId)}`
  const headers = ['x-amz-copy-source', `/${encodePart(bucket)}/${encodePath(key)}${version}`]
  if (ifMatch !== undefined) headers.push('x-amz-copy-source-if-match', `"${ifMatch}"`)
  return headers
}
