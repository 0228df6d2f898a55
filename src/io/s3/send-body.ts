import type { S3Client } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import type { Body } from '../../pipeline/ports.js'
import { outgoing } from './body.js'
import type { Calls, SendOptions } from './calls.js'
import { writtenEtag } from './etag.js'
import { Watch } from './watch.js'

interface BodyRequest {
  readonly bucket: string
  readonly body: Body
  readonly size: number
  readonly signal: AbortSignal
}
type SendPayload = (
  client: S3Client,
  payload: Uint8Array | Readable,
  options: SendOptions,
) => Promise<{ readonly ETag?: string | undefined }>

/**
 * Sends a request with a body of exactly `size` bytes, and hands back the ETag it was answered with. The failure of the body goes before
 * that of the request, which was only called off for it.
 */
export async function sendBody(
  operation: string,
  calls: Calls,
  { bucket, body, size, signal }: BodyRequest,
  send: SendPayload,
): Promise<string> {
  const watch = new Watch(operation, signal)
  watch.signal.addEventListener('abort', () => body.destroy(), { once: true })
  let payload: Uint8Array | Readable | undefined
  try {
    const ready = await watch.orCalledOff(outgoing(body, size, watch, calls.timeouts))
    payload = ready
    watch.expect(calls.timeouts.firstByteMs, 'FirstByteTimeout')
    const answer = await calls.sendOnce(watch, bucket, (client, options) => send(client, ready, options))
    watch.signal.throwIfAborted()
    return writtenEtag(operation, answer.ETag)
  } catch (error) {
    throw watch.reason(error)
  } finally {
    watch.end()
    if (payload instanceof Readable) payload.destroy()
  }
}
