import type { Body, Content } from './objects.js'

/** The same bytes as a body, for readers that take chunks. */
export function asBody(content: Content): Body {
  return content instanceof Uint8Array ? new Whole(content) : content
}

/** Closes content that is not read (any further). */
export function discard(content: Content): void {
  if (!(content instanceof Uint8Array)) content.destroy()
}

class Whole implements Body {
  constructor(private readonly bytes: Uint8Array) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.bytes.length > 0) yield await Promise.resolve(this.bytes)
  }

  destroy(): void {
    return undefined
  }
}
