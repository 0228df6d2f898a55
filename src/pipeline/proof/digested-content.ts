import { asBody } from '../ports/body.js'
import type { Hasher } from '../ports/hasher.js'
import type { Content } from '../ports/objects.js'

/**
 * The same content, hashed as it is read. When the last byte has been read, and before the reader learns so, `ended` is called: if it
 * throws, reading fails, so a write of these bytes is not completed. A whole content is hashed at once.
 */
export function digested(content: Content, hashers: readonly Hasher[], ended: () => void): Content {
  if (content instanceof Uint8Array) {
    for (const hasher of hashers) hasher.update(content)
    ended()
    return content
  }
  return {
    async *[Symbol.asyncIterator]() {
      for await (const chunk of asBody(content)) {
        for (const hasher of hashers) hasher.update(chunk)
        yield chunk
      }
      ended()
    },
    destroy: (error) => content.destroy(error),
  }
}
