import type { Body, Content } from '../../../pipeline/ports/objects.js'
import { aborted } from '../answers/failure-kinds.js'
import { truncated } from './response-body.js'

/** Longest body that is gathered in memory before it is sent, bytes: a stream is not worth it for a packet or two. */
const GATHERED = 64 * 1024

/**
 * A request body of exactly `size` bytes. A body that fails or has another length ends the request before its last byte is sent, so the
 * server can't store it (measured: it would store the beginning of a longer one).
 */
export function exactBody(operation: string, content: Content, size: number, signal: AbortSignal): Content | Promise<Content> {
  if (!(content instanceof Uint8Array)) {
    const chunks = exactly(operation, content, size)
    if (size <= GATHERED) return gather(operation, chunks, signal)
    return { [Symbol.asyncIterator]: () => chunks, destroy: () => content.destroy() }
  }
  if (content.length !== size) throw truncated(operation, size, String(content.length))
  return content
}

/** Holds one chunk back: a chunk is sent only when another one follows, the last one only when the length is correct. */
async function* exactly(operation: string, body: Body, size: number): AsyncGenerator<Uint8Array> {
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

/** A body may never end, so the signal ends the wait. */
async function gather(operation: string, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Uint8Array> {
  const collected = (async () => {
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    return Buffer.concat(chunks)
  })()
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(aborted(operation))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort)
    collected.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
