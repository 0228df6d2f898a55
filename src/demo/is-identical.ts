import { StoreError } from '../pipeline/ports/failure.js'
import type { ObjectStore } from '../pipeline/ports/object-store.js'
import type { ObjectAttributes } from '../pipeline/ports/objects.js'
import { sameBytes } from '../pipeline/proof/same-bytes.js'

/** Reads an object at source and target: whether bytes and attributes are the same. */
export async function isIdentical(
  source: ObjectStore,
  target: ObjectStore,
  bucket: string,
  key: string,
  signal: AbortSignal,
): Promise<boolean> {
  const targetObject = await target.get({ bucket, key, signal }).catch((error: unknown) => {
    if (error instanceof StoreError && error.failure.code === 'NoSuchKey') return undefined
    throw error
  })
  if (targetObject === undefined) return false
  const sourceObject = await source.get({ bucket, key, signal })
  return (
    (await sameBytes(sourceObject.body, targetObject.body)) &&
    serialized(sourceObject.attributes) === serialized(targetObject.attributes)
  )
}

function serialized({ metadata, ...headers }: ObjectAttributes): string {
  return JSON.stringify([Object.entries(headers).sort(), Object.entries(metadata).sort()])
}
