import { StoreError } from '../pipeline/ports/failure.js'
import type { ObjectStore } from '../pipeline/ports/object-store.js'
import type { ObjectAttributes } from '../pipeline/ports/objects.js'
import { sameBytes } from '../pipeline/proof/same-bytes.js'

/** Reads an object at both places, and tells whether bytes and attributes are the same. */
export async function isSame(
  source: ObjectStore,
  target: ObjectStore,
  bucket: string,
  key: string,
  signal: AbortSignal,
): Promise<boolean> {
  const there = await target.get({ bucket, key, signal }).catch((error: unknown) => {
    if (error instanceof StoreError && error.failure.code === 'NoSuchKey') return undefined
    throw error
  })
  if (there === undefined) return false
  const here = await source.get({ bucket, key, signal })
  return (await sameBytes(here.body, there.body)) && flat(here.attributes) === flat(there.attributes)
}

function flat({ metadata, ...headers }: ObjectAttributes): string {
  return JSON.stringify([Object.entries(headers).sort(), Object.entries(metadata).sort()])
}
