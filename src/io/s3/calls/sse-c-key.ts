import { createHash } from 'node:crypto'
import type { Headers } from '../http/sigv4.js'

/** Length of an SSE-C key, bytes (Amazon S3 user guide, "Using server-side encryption with customer-provided keys"). */
export const CUSTOMER_KEY = 32

/** A customer-provided key, which the server does not store. Plain secret: never put it into an event, a log or JSON. */
export interface CustomerKey {
  /** The headers of requests that read or write an object encrypted with it. */
  readonly headers: Headers
  /** The headers for the source of a server-side copy. */
  readonly ofSource: Headers
  /** Identifies the key without revealing it. */
  readonly fingerprint: string
}

/** `key`: {@link CUSTOMER_KEY} bytes. */
export function customerKey(key: Uint8Array): CustomerKey {
  const [text, md5] = [Buffer.from(key).toString('base64'), createHash('md5').update(key).digest('base64')]
  const named = (prefix: string): Headers => [
    ...[`${prefix}server-side-encryption-customer-algorithm`, 'AES256'],
    ...[`${prefix}server-side-encryption-customer-key`, text, `${prefix}server-side-encryption-customer-key-md5`, md5],
  ]
  const fingerprint = createHash('sha256').update('s3-sync customer key').update(key).digest('hex').slice(0, 16)
  return { headers: named('x-amz-'), ofSource: named('x-amz-copy-source-'), fingerprint }
}

/** The customer-provided keys of one side: its own, and that of the side it copies from on the server. */
export interface CustomerKeys {
  readonly own?: CustomerKey | undefined
  readonly source?: CustomerKey | undefined
}
