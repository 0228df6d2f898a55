import { createHash } from 'node:crypto'
import type { Headers } from '../http/sigv4.js'

/** Keys of SSE-C have so many bytes (Amazon S3 user guide, "Using server-side encryption with customer-provided keys"). */
export const CUSTOMER_KEY = 32

/** A key that a person keeps and the server does not. Plain secret: never into an event, a log or JSON. */
export interface CustomerKey {
  /** The headers of requests that read or write an object encrypted with it. */
  readonly headers: Headers
  /** The same for the source of a copy on the server. */
  readonly ofSource: Headers
  /** Tells it from others, and nothing of it. */
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

/** The customer's keys of one side: its own, and that of the side it copies from server-side. */
export interface CustomerKeys {
  readonly own?: CustomerKey | undefined
  readonly source?: CustomerKey | undefined
}
