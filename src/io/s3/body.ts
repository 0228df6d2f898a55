import { Readable } from 'node:stream'
import { StoreError } from '../../pipeline/errors.js'
import type { Body } from '../../pipeline/ports.js'
import { ownFailure } from './failures.js'
import type { Timeouts, Watch } from './watch.js'

/** Bodies up to this size are gathered and sent from memory: no stream for what fits in a packet or two. bytes */
const GATHERED = 64 * 1024

function truncated(operation: string, expected: number, got: string): StoreError {
  return new StoreError(ownFailure(operation, 'TruncatedBody', `${expected} bytes were announced, ${got} came`))
}

/**
 * A body as it comes from the server, exactly `length` bytes long or failing with `TruncatedBody`. Only the server's own silence counts as
 * a stall, not the time its reader takes.
 */
export function incoming(stream: Readable, length: number, watch: Watch, timeouts: Timeouts): Body {
  const { operation } = watch
  // Without a reader (destroyed before the first byte) an error has nobody to tell.
  stream.on('error', () => undefined)
  watch.signal.addEventListener('abort', () => stream.destroy(), { once: true })
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let came = 0
    try {
      watch.expect(timeouts.stallMs, 'Stalled')
      for await (const chunk of stream) {
        watch.rest()
        const bytes: unknown = chunk
        if (!(bytes instanceof Uint8Array)) throw new Error('a body is read as bytes')
        came += bytes.length
        if (came > length) throw truncated(operation, length, 'more')
        yield bytes
        watch.expect(timeouts.stallMs, 'Stalled')
      }
      if (came !== length) throw truncated(operation, length, String(came))
    } catch (thrown) {
      const error = watch.reason(thrown)
      // A connection that closes in the middle is how a short body shows.
      throw error.failure.code === 'ConnectionReset' ? truncated(operation, length, String(came)) : error
    } finally {
      watch.end()
      stream.destroy()
    }
  }
  const iterator = chunks()
  return {
    [Symbol.asyncIterator]: () => iterator,
    destroy() {
      watch.end()
      stream.destroy()
    },
  }
}

/**
 * Exactly `size` bytes for a request. A body that fails or has another length calls the request off before its last byte is sent, so that
 * the server can store nothing (measured: of a longer one it would store the beginning). The SDK itself would ignore the failure and hang.
 */
export async function outgoing(body: Body, size: number, watch: Watch, timeouts: Timeouts): Promise<Uint8Array | Readable> {
  if (size <= GATHERED) return gather(body, size, watch)
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      // Until its first byte, the body's own side is what is waited for.
      watch.rest()
      for await (const chunk of exactly(body, size, watch.operation)) {
        watch.expect(timeouts.stallMs, 'Stalled')
        yield chunk
        watch.rest()
      }
      watch.expect(timeouts.firstByteMs, 'FirstByteTimeout')
    } catch (error) {
      watch.fail(watch.reason(error))
    }
  }
  return Readable.from(chunks(), { objectMode: false }).on('error', () => undefined)
}

/** One chunk is held back: its predecessor goes out only when there is more, the last one only when the length is right. */
async function* exactly(body: Body, size: number, operation: string): AsyncGenerator<Uint8Array> {
  let came = 0
  let held: Uint8Array | undefined
  for await (const chunk of body) {
    came += chunk.length
    if (came > size) throw truncated(operation, size, 'more')
    if (held !== undefined) yield held
    held = chunk
  }
  if (came !== size) throw truncated(operation, size, String(came))
  if (held !== undefined) yield held
}

async function gather(body: Body, size: number, watch: Watch): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of exactly(body, size, watch.operation)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
