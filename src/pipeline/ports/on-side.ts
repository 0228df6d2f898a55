import type { Side } from './bucket-pair.js'
import { StoreError } from './failure.js'
import type { Body, Content } from './objects.js'

/** Awaits a call to one side and adds the side to its failure. */
export async function onSide<T>(side: Side, call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw toldAt(side, error)
  }
}

/** The same for a stream, which may fail at any byte. */
export function contentOnSide(side: Side, content: Content): Content {
  if (content instanceof Uint8Array) return content
  return { [Symbol.asyncIterator]: () => chunks(side, content), destroy: (error) => content.destroy(error) }
}

async function* chunks(side: Side, body: Body): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw toldAt(side, error)
  }
}

function toldAt(side: Side, error: unknown): unknown {
  return error instanceof StoreError && error.failure.side === undefined ? error.at(side) : error
}
