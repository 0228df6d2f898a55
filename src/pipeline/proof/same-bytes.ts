import { asBody, discard } from '../ports/body.js'
import type { Content } from '../ports/objects.js'

/** Reads both bodies to the end, or to the first difference; closes both. Holds one chunk of each. */
export async function sameBytes(a: Content, b: Content): Promise<boolean> {
  const left = new Bytes(a)
  const right = new Bytes(b)
  try {
    for (;;) {
      const [x, y] = [await left.more(), await right.more()]
      if (x === undefined || y === undefined) return x === y
      const length = Math.min(x.length, y.length)
      for (let i = 0; i < length; i++) if (x[i] !== y[i]) return false
      left.drop(length)
      right.drop(length)
    }
  } finally {
    discard(a)
    discard(b)
  }
}

/** Bytes that were read from a body and not compared yet. */
class Bytes {
  private readonly chunks: AsyncIterator<Uint8Array>
  private rest: Uint8Array = new Uint8Array(0)

  constructor(content: Content) {
    this.chunks = asBody(content)[Symbol.asyncIterator]()
  }

  /** At least one byte; undefined at the end. */
  async more(): Promise<Uint8Array | undefined> {
    while (this.rest.length === 0) {
      const next = await this.chunks.next()
      if (next.done === true) return undefined
      this.rest = new Uint8Array(next.value.buffer, next.value.byteOffset, next.value.byteLength)
    }
    return this.rest
  }

  drop(length: number): void {
    this.rest = this.rest.subarray(length)
  }
}
