import { hash } from 'node:crypto'
import { type Failure, StoreError } from '../../../pipeline/ports/failure.js'
import type { MetadataCalls, ObjectVersions } from '../../../pipeline/ports/store-facets.js'
import type { CustomerKeys } from './sse-c-key.js'
import { encryption } from './metadata-headers.js'
import type { Requests } from '../http/s3-client.js'
import { readXml, textIn, type XmlElement } from '../xml/read-xml.js'

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
/** Longest configuration of a bucket, bytes. Those requested here have a few hundred bytes; the rules of a website more. */
const CONFIGURATION = 64 * 1024

/** The refusal of a server that has the setting, for a bucket that does not (S3 API reference, GetBucketEncryption). */
const NOT_CONFIGURED = 'ServerSideEncryptionConfigurationNotFoundError'

/** A bucket's settings that apply to all of its objects; see {@link MetadataCalls}. */
export function bucketRuleCalls(
  requests: Requests,
  { own }: CustomerKeys,
): Pick<ObjectVersions, 'versioning' | 'keepVersions'> & Pick<MetadataCalls, 'bucketRules'> {
  /** Undefined if the bucket does not exist, or the server has no such setting, does not support it or denies access to it. */
  async function ask(
    operation: string,
    query: string,
    bucket: string,
    signal: AbortSignal,
    onRefusal?: (failure: Failure) => void,
  ): Promise<XmlElement | undefined> {
    try {
      const asked = { operation, method: 'GET', bucket, query: `${query}=`, signal, gather: CONFIGURATION } as const
      const { content } = await requests.send(asked)
      return content instanceof Uint8Array ? readXml(content) : undefined
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const { kind, code, status } = error.failure
      onRefusal?.(error.failure)
      if (kind === 'permanent' || code === 'NoSuchBucket' || status === 501) return undefined
      throw error
    }
  }

  return {
    async versioning({ bucket, signal }) {
      const answer = await ask('GetBucketVersioning', 'versioning', bucket, signal)
      const status = textIn(answer, 'Status')
      return status === 'Enabled' ? 'kept' : status === 'Suspended' ? 'suspended' : 'none'
    },

    async keepVersions({ bucket, signal }) {
      const body = Buffer.from(`<VersioningConfiguration xmlns="${NAMESPACE}"><Status>Enabled</Status></VersioningConfiguration>`)
      const headers = [
        'content-length',
        String(body.length),
        'content-type',
        'application/xml',
        'content-md5',
        hash('md5', body, 'base64'),
      ]
      const asked = {
        operation: 'PutBucketVersioning',
        method: 'PUT',
        bucket,
        query: 'versioning=',
        headers,
        body,
        hashed: true,
      } as const
      await requests.send({ ...asked, signal, gather: CONFIGURATION })
    },

    async bucketRules({ bucket, signal }) {
      let refusal = ''
      const [lock, website, encrypted] = await Promise.all([
        ask('GetObjectLockConfiguration', 'object-lock', bucket, signal),
        ask('GetBucketWebsite', 'website', bucket, signal),
        ask('GetBucketEncryption', 'encryption', bucket, signal, ({ code }) => (refusal = code)),
      ])
      // Every object written from here is encrypted with the customer-provided key, and can't be encrypted otherwise.
      const byDefault = own
        ? ({ algorithm: 'customer' } as const)
        : encryption(textIn(encrypted, 'SSEAlgorithm'), textIn(encrypted, 'KMSMasterKeyID'))
      return {
        locks: textIn(lock, 'ObjectLockEnabled') === 'Enabled',
        website: website?.name === 'WebsiteConfiguration',
        ...(refusal === '' || refusal === NOT_CONFIGURED ? { knowsEncryption: true as const } : {}),
        ...(byDefault && { encryption: byDefault }),
      }
    },
  }
}
